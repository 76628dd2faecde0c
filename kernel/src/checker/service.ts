import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { AMBIENT, NAMES_FILE, OWN_MODULES } from "./ambient.js";
import {
  type Completion,
  type Diagnostic,
  type LspDiagnostic,
  type LspItem,
  readCompletion,
  readDiagnostics,
} from "./answers.js";
import { LspClient } from "./lsp-client.js";
import { NotebookModel, PRELUDE_LINES } from "./notebook-model.js";

/** Types, completion and documentation across the cells of one notebook. */
export interface LanguageService {
  /** Starts the server in the background. */
  readonly start: () => void;
  /** The type errors of a cell; undefined when there is no answer. */
  readonly check: (code: string) => Promise<readonly Diagnostic[] | undefined>;
  /** The cell ran: later cells see its names. */
  readonly keep: (code: string) => void;
  /** All variables are gone. */
  readonly forget: () => void;
  readonly complete: (code: string, cursor: number) => Promise<Completion>;
  /** Type and documentation at the cursor, as markdown. */
  readonly hover: (code: string, cursor: number) => Promise<string | undefined>;
  readonly close: () => Promise<void>;
}

interface Hover {
  readonly contents?: { readonly value?: string } | string;
}

/** ms that completion and hover wait for an answer, the server's start included. */
const PATIENCE = 5000;
/** The server is given up after it died this often. */
const MAX_DEATHS = 3;

export function createLanguageService(folder: string): LanguageService {
  return new Service(folder);
}

class Service implements LanguageService {
  readonly #folder: string;
  readonly #model: NotebookModel;
  readonly #open = new Map<string, { version: number; text: string }>();
  #client: LspClient | undefined;
  #deaths = 0;
  #serial = 1;
  #closed = false;
  /** One conversation at a time: each sees the documents as it left them. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
    this.#model = new NotebookModel(findNodeTypes(folder));
  }

  readonly start = (): void => {
    if (this.#client !== undefined || this.#closed || this.#deaths >= MAX_DEATHS) return;
    const client = new LspClient(this.#folder, () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#deaths += 1;
    });
    this.#client = client;
    const reopened = [...this.#open].map(([file, { text }]) => [file, text] as const);
    this.#open.clear();
    this.#enqueue(async () => {
      await client.ready;
      this.#show(NAMES_FILE, AMBIENT);
      for (const [file, text] of Object.entries(OWN_MODULES)) this.#show(file, text);
      for (const [file, text] of reopened) this.#show(file, text);
    }).catch(() => {});
  };

  readonly check = (code: string): Promise<readonly Diagnostic[] | undefined> => {
    const file = this.#file();
    const answer = this.#enqueue(async () => {
      this.#show(file, this.#model.module(code, false).text);
      const found = (await this.#ask("diagnostic", file)) as { items?: readonly LspDiagnostic[] } | undefined;
      return readDiagnostics(found?.items ?? [], PRELUDE_LINES, code.split("\n").length);
    });
    return answer.catch(() => undefined);
  };

  readonly keep = (code: string): void => {
    const file = this.#file();
    const { text, uses } = this.#model.module(code, false);
    this.#serial += 1;
    const gone = this.#model.keep(file, code, uses);
    this.#enqueue(async () => {
      this.#show(file, text);
      for (const old of gone) this.#hide(old);
    }).catch(() => {});
  };

  readonly forget = (): void => {
    const gone = this.#model.clear();
    this.#enqueue(async () => gone.forEach((file) => this.#hide(file))).catch(() => {});
  };

  readonly complete = async (code: string, cursor: number): Promise<Completion> => {
    const position = toPosition(code, cursor);
    const answer = this.#enqueue(async () => {
      const file = this.#file();
      this.#show(file, this.#model.module(code, true).text);
      return this.#ask("completion", file, { position });
    });
    const found = (await within(answer, PATIENCE)) as
      { items?: readonly LspItem[] } | readonly LspItem[] | undefined;
    const items = Array.isArray(found)
      ? (found as readonly LspItem[])
      : (found as { items?: readonly LspItem[] })?.items;
    return readCompletion(items ?? [], code, cursor);
  };

  readonly hover = async (code: string, cursor: number): Promise<string | undefined> => {
    const answer = this.#enqueue(async (): Promise<Hover | null | undefined> => {
      const file = this.#file();
      this.#show(file, this.#model.module(code, true).text);
      const first = await this.#ask("hover", file, { position: toPosition(code, cursor) });
      // just behind a name, or behind the bracket of its call, the name is meant
      const back = code.slice(0, cursor).trimEnd().replace(/\($/, "").length - 1;
      return (
        first ?? (back >= 0 ? this.#ask("hover", file, { position: toPosition(code, back) }) : undefined)
      );
    });
    const found = await within<Hover | null | undefined>(answer, PATIENCE);
    const contents = found?.contents;
    const text = typeof contents === "string" ? contents : contents?.value;
    return text === undefined || text.trim() === "" ? undefined : text;
  };

  readonly close = async (): Promise<void> => {
    this.#closed = true;
    await this.#client?.close();
  };

  #file(): string {
    return `gradlab-cell-${this.#serial}.ts`;
  }

  #uri(file: string): string {
    return pathToFileURL(join(this.#folder, file)).href;
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#client === undefined) this.start();
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #ask(what: string, file: string, more: object = {}): Promise<unknown> {
    if (this.#client === undefined) return Promise.reject(new Error("The language server is not running."));
    return this.#client.request(`textDocument/${what}`, { textDocument: { uri: this.#uri(file) }, ...more });
  }

  /** Makes the server see `text` as the content of `file`. */
  #show(file: string, text: string): void {
    const known = this.#open.get(file);
    if (known?.text === text) return;
    const version = (known?.version ?? 0) + 1;
    this.#open.set(file, { version, text });
    const uri = this.#uri(file);
    if (known === undefined) {
      this.#client?.notify("textDocument/didOpen", {
        textDocument: { uri, languageId: "typescript", version, text },
      });
    } else {
      this.#client?.notify("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
    }
  }

  #hide(file: string): void {
    if (this.#open.delete(file))
      this.#client?.notify("textDocument/didClose", { textDocument: { uri: this.#uri(file) } });
  }
}

function toPosition(code: string, offset: number): { line: number; character: number } {
  const before = code.slice(0, offset);
  return {
    line: before.split("\n").length - 1 + PRELUDE_LINES,
    character: offset - (before.lastIndexOf("\n") + 1),
  };
}

/** The answer, or undefined when it fails or takes longer than `ms`. */
async function within<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
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

/** Node's own types: those of the notebook's project, or those that came with the kernel. */
function findNodeTypes(folder: string): string | undefined {
  for (const base of [join(folder, "notebook.js"), import.meta.url]) {
    try {
      return join(dirname(createRequire(base).resolve("@types/node/package.json")), "index.d.ts");
    } catch {
      // look in the next place
    }
  }
  return undefined;
}
