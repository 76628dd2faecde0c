import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { importedFiles } from "../compile/index.js";
import { AMBIENT, NAMES_FILE, OWN_MODULES } from "./ambient.js";
import { NO_SLOTS, SLOTS_FILE } from "./cell-slots.js";
import { LspClient } from "./lsp-client.js";
import { NODE_FILE, NODE_NAMES } from "./node-names.js";
import { OwnProject, PROJECT, PROJECT_FILE } from "./own-project.js";

/** The server is given up after it died this often. */
const MAX_DEATHS = 3;

/** What the server calls the languages of files that are not plain TypeScript. */
const LANGUAGES: Readonly<Record<string, string>> = { ".tsx": "typescriptreact", ".json": "jsonc" };

/** An import of a virtual file. */
const IMPORTED = /["']\.\/([\w-]+?)(?:\.js)?["']/g;
/** The result of another cell: from its own file or from a slot. */
const RESULT_TAKEN = /import (?:\{ )?\$(?:\d+|_) (?:\} from "\.\/([\w-]+)\.js"|= \$gradlab_(\d+)\.)/g;

/** The files, none of them on disk, that the language server sees in the notebook's folder. */
export class Documents {
  readonly folder: string;
  readonly #open = new Map<string, { version: number; text: string }>();
  /** Known to nobody yet: shown when another file names them. */
  readonly #deferred = new Map<string, string>();
  /** Of files that are shown, the text that has the cell's result as well: shown when another file names that. */
  readonly #results = new Map<string, string>();
  readonly #project: OwnProject;
  readonly #edits = new Map<string, number>();
  #changes = 0;
  #client: LspClient | undefined;
  /** The client once its server has what is open. */
  #told: LspClient | undefined;
  #deaths = 0;
  #closed = false;
  /** One conversation at a time: each sees the documents as it left them. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.folder = folder;
    this.#project = new OwnProject(folder);
  }

  /** Starts the server in the background; after a death again, with the same documents. */
  start(): void {
    if (this.#client !== undefined || this.#closed || this.#deaths >= MAX_DEATHS) return;
    const client = new LspClient(this.folder, () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#told = undefined;
      this.#deaths += 1;
    });
    this.#client = client;
    this.enqueue(async () => {
      await client.ready;
      const reopened = [...this.#open].map(([file, { text }]) => [file, text] as const);
      this.#open.clear();
      if (client === this.#client) this.#told = client;
      this.#bringProject();
      this.show(NAMES_FILE, AMBIENT);
      this.show(SLOTS_FILE, NO_SLOTS);
      // a program with the SDK in it takes the server three times as long: only for cells that import it
      for (const [file, text] of Object.entries(OWN_MODULES)) this.#deferred.set(file, text);
      for (const [file, text] of reopened) this.show(file, text);
    }).catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.close();
  }

  /** Whether a server is there, or on its way. */
  get started(): boolean {
    return this.#client !== undefined;
  }

  /** Does `work`, which asks nothing, when everything asked before is done: no server is started for it. */
  note(work: () => void): void {
    this.#turn = this.#turn.then(work).catch(() => {});
  }

  /** Does `work` when everything asked before is done. */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#client === undefined) this.start();
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** `textDocument/what` of a file. */
  ask(what: string, file: string, more: object = {}): Promise<unknown> {
    return this.request(`textDocument/${what}`, { textDocument: { uri: this.uri(file) }, ...more });
  }

  request(method: string, params: object): Promise<unknown> {
    if (this.#client === undefined) return Promise.reject(new Error("The language server is not running."));
    return this.#client.request(method, params);
  }

  uri(file: string): string {
    return pathToFileURL(join(this.folder, file)).href;
  }

  textOf(file: string): string | undefined {
    return this.#open.get(file)?.text;
  }

  /** Makes the server see `text` as the content of `file`. */
  show(file: string, text: string): void {
    const known = this.#open.get(file);
    if (known?.text === text) return;
    this.#showImported(text);
    const version = (known?.version ?? 0) + 1;
    this.#open.set(file, { version, text });
    const uri = this.uri(file);
    const languageId = LANGUAGES[extname(file)] ?? "typescript";
    if (known === undefined)
      this.#told?.notify("textDocument/didOpen", { textDocument: { uri, languageId, version, text } });
    else
      this.#told?.notify("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
  }

  /** Brings a project where the user has none, and takes it back when there is one. */
  #bringProject(): void {
    const isNeeded = this.#project.isNeeded();
    if (isNeeded === this.#open.has(PROJECT_FILE)) return;
    if (isNeeded) {
      this.show(PROJECT_FILE, PROJECT);
      this.show(NODE_FILE, NODE_NAMES);
    } else {
      this.hide(PROJECT_FILE);
      this.hide(NODE_FILE);
      this.#tellChanged(this.#project.configs, 1);
    }
  }

  /** Keeps a file until one that is shown imports it: every file more is a new program for the server. */
  defer(file: string, text: string): void {
    this.hide(file);
    this.#deferred.set(file, text);
  }

  /** Keeps a text of a file with its cell's result: few results are ever named, and every change costs the server. */
  deferResult(file: string, text: string): void {
    this.#results.set(file, text);
  }

  /** Shows the deferred files and results that a text imports. */
  #showImported(text: string): void {
    const stems = [...text.matchAll(IMPORTED)].map(([, stem]) => stem);
    this.#release(this.#deferred, stems);
    const results = [...text.matchAll(RESULT_TAKEN)];
    this.#release(
      this.#results,
      results.map(([, stem, slot]) => stem ?? `gradlab-slot-${slot}`),
    );
  }

  #release(waiting: Map<string, string>, stems: readonly string[]): void {
    for (const stem of stems) {
      for (const file of [`${stem}.ts`, `${stem}.tsx`]) {
        const text = waiting.get(file);
        if (text !== undefined && waiting.delete(file)) this.show(file, text);
      }
    }
  }

  hide(file: string): void {
    this.#deferred.delete(file);
    this.#results.delete(file);
    if (this.#open.delete(file))
      this.#told?.notify("textDocument/didClose", { textDocument: { uri: this.uri(file) } });
  }

  /** Tells the server which local files, among these and those that they import, and which configs were edited since. */
  noticeEdits(paths: readonly string[]): void {
    this.#bringProject();
    const edited: string[] = [];
    for (const [path, time] of importedFiles([...this.#project.configs, ...paths])) {
      const before = this.#edits.get(path);
      if (before !== undefined && before !== time) edited.push(path);
      this.#edits.set(path, time);
    }
    this.#tellChanged(edited, 2);
  }

  /** How often files on disk were seen to have changed. */
  get changes(): number {
    return this.#changes;
  }

  /** Packages were installed or removed: what was not found may be there now. */
  noticePackages(): void {
    this.#tellChanged([join(this.folder, "package.json"), join(this.folder, "node_modules")], 1);
  }

  #tellChanged(paths: readonly string[], type: number): void {
    if (paths.length === 0) return;
    this.#changes += 1;
    const changes = paths.map((path) => ({ uri: pathToFileURL(path).href, type }));
    this.#told?.notify("workspace/didChangeWatchedFiles", { changes });
  }
}

/** The answer, or undefined when it fails or takes longer than `ms`. */
export async function within<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([answer.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
