import { join } from "node:path";
import { localImports } from "../compile/index.js";
import {
  type Completion,
  type Diagnostic,
  type LspDiagnostic,
  itemsOf,
  type LspHover,
  readCompletion,
  readHover,
  readDiagnostics,
} from "./answers.js";
import { type CellModule, fileEnding, PRELUDE_LINES } from "./cell-module.js";
import { CellSlots } from "./cell-slots.js";
import { declaredNames } from "./declared.js";
import { Documents, within } from "./documents.js";
import { createEditorView, type EditorView } from "./editor-view.js";
import { LatestAnswer } from "./latest-answer.js";
import { findNodeTypes } from "./node-types.js";
import { NotebookModel } from "./notebook-model.js";
import { resolveItems } from "./resolve-items.js";
import { withResult } from "./result-module.js";

/** How a cell that ran is remembered. */
export interface KeptCell {
  /** Its execution count; results are `$n`. */
  readonly count: number;
  /** It had a result. */
  readonly produced: boolean;
}

/** Types, completion and documentation across the cells of one notebook. */
export interface LanguageService {
  /** Starts the server in the background. */
  readonly start: () => void;
  /** The type errors of a cell; undefined when there is no answer. */
  readonly check: (code: string) => Promise<readonly Diagnostic[] | undefined>;
  /** The cell ran: later cells see its names. */
  readonly keep: (code: string, cell?: KeptCell) => void;
  /** All variables are gone. */
  readonly forget: () => void;
  /** Packages were installed. */
  readonly noticePackages: () => void;
  /** Whether a cell that ran declared this name. */
  readonly knows: (name: string) => boolean;
  /** What may stand at the cursor; the first `details` with their signatures. */
  readonly complete: (code: string, cursor: number, details?: number) => Promise<Completion>;
  /** Type and documentation at the cursor, as markdown. */
  readonly hover: (code: string, cursor: number) => Promise<string | undefined>;
  /** The notebook as an editor shows it: cells that may not have run. */
  readonly view: () => EditorView;
  readonly close: () => Promise<void>;
}

/** ms that completion and hover wait for an answer, the server's start included. */
const PATIENCE = 5000;

export function createLanguageService(folder: string): LanguageService {
  return new Service(folder);
}

class Service implements LanguageService {
  readonly #documents: Documents;
  readonly #model: NotebookModel;
  readonly #slots: CellSlots;
  readonly #counts = new Map<string, number>();
  #serial = 1;
  /** The files of the next cell, without JSX and with it, and the one of them that it was shown in last. */
  #next: { ts?: string; tsx?: string; shown?: string } = {};
  #views = 0;
  /** How often the variables changed. */
  #states = 0;
  readonly #completions = new LatestAnswer<Completion>();
  readonly #hovers = new LatestAnswer<LspHover | null | undefined>();
  /** Cells that ran and are taken in once their reply is out, or when something is asked. */
  #unkept: (() => void)[] = [];

  constructor(folder: string) {
    this.#documents = new Documents(folder);
    this.#model = new NotebookModel(findNodeTypes(folder));
    this.#slots = new CellSlots(this.#documents, this.#model.module("", false).text);
  }

  readonly start = (): void => this.#documents.start();
  readonly noticePackages = (): void => this.#documents.noticePackages();
  readonly knows = (name: string): boolean => {
    this.#takeIn();
    return this.#model.owners.has(name);
  };
  readonly close = (): Promise<void> => this.#documents.close();

  readonly check = (code: string): Promise<readonly Diagnostic[] | undefined> => {
    this.#takeIn();
    const answer = this.#documents.enqueue(async () => {
      const file = this.#show(code, false);
      const found = (await this.#documents.ask("diagnostic", file)) as
        { items?: readonly LspDiagnostic[] } | undefined;
      return readDiagnostics(found?.items ?? [], PRELUDE_LINES, code.split("\n").length);
    });
    return answer.catch(() => undefined);
  };

  readonly keep = (code: string, cell?: KeptCell): void => {
    if (this.#unkept.length === 0) setImmediate(() => this.#takeIn());
    this.#unkept.push(() => this.#keep(code, cell));
  };

  #takeIn(): void {
    for (const keep of this.#unkept.splice(0)) keep();
  }

  #keep(code: string, cell?: KeptCell): void {
    this.#states += 1;
    const file = this.#file(code);
    const plain = this.#model.module(code, false);
    const module = cell?.produced === true ? withResult(plain, code, cell.count) : plain;
    if (leavesNothing(code)) {
      if (module !== plain && cell !== undefined) this.#keepResult(module, cell.count, code);
      return;
    }
    if (cell !== undefined) this.#counts.set(file, cell.count);
    const gone = this.#model.keep(file, module);
    const next = this.#next;
    const unused = [next.ts, next.tsx].flatMap((one) => (one === undefined || one === file ? [] : [one]));
    this.#serial += 1;
    this.#next = {};
    this.#documents.note(() => {
      this.#showNext(next, file, plain.text);
      if (module !== plain) this.#documents.deferResult(file, module.text);
      this.#discard([...gone, ...unused]);
    });
  }

  readonly forget = (): void => {
    this.#takeIn();
    this.#states += 1;
    const gone = this.#model.clear();
    this.#documents.note(() => this.#discard(gone));
  };

  readonly complete = async (code: string, cursor: number, details = 0): Promise<Completion> => {
    this.#takeIn();
    const answer = this.#completions.ask(this.#question(code, cursor, details), () =>
      this.#documents.enqueue(() => this.#findCompletion(code, cursor, details)),
    );
    return (await within(answer, PATIENCE)) ?? { start: cursor, end: cursor, items: [] };
  };

  async #findCompletion(code: string, cursor: number, details: number): Promise<Completion> {
    const file = this.#show(code, true);
    const found = await this.#documents.ask("completion", file, { position: toPosition(code, cursor) });
    const kindOf = (name: string): string | undefined => this.#model.owners.get(name)?.declared.what;
    const completion = readCompletion(itemsOf(found), code, cursor, kindOf);
    return resolveItems(this.#documents, completion, details);
  }

  readonly hover = async (code: string, cursor: number): Promise<string | undefined> => {
    this.#takeIn();
    const answer = this.#hovers.ask(this.#question(code, cursor), () =>
      this.#documents.enqueue(() => this.#findHover(code, cursor)),
    );
    return readHover(await within<LspHover | null | undefined>(answer, PATIENCE));
  };

  async #findHover(code: string, cursor: number): Promise<LspHover | null | undefined> {
    const file = this.#show(code, true);
    const ask = async (offset: number): Promise<LspHover | null> =>
      (await this.#documents.ask("hover", file, { position: toPosition(code, offset) })) as LspHover | null;
    // just behind a name, or behind the bracket of its call, the name is meant
    const back = code.slice(0, cursor).trimEnd().replace(/\($/, "").length - 1;
    return (await ask(cursor)) ?? (back >= 0 ? ask(back) : undefined);
  }

  /** All that an answer depends on: the text, the place in it, the variables, and files that were edited. */
  #question(code: string, ...more: number[]): string {
    this.#noticeEdits(code, this.#file(code));
    return [this.#states, this.#documents.changes, ...more, code].join(" ");
  }

  #noticeEdits(code: string, file: string): void {
    this.#documents.noticeEdits(localImports(code, join(this.#documents.folder, file)));
  }

  readonly view = (): EditorView => {
    this.#takeIn();
    this.#views += 1;
    return createEditorView(this.#documents, this.#model, this.#counts, this.#views);
  };

  /** Its file is shown when a cell asks for the result; until then the next cell takes the place of this one. */
  #keepResult(module: CellModule, count: number, code: string): void {
    const file = `gradlab-cell-result-${count}${fileEnding(code)}`;
    this.#counts.set(file, count);
    const gone = this.#model.keep(file, module);
    this.#documents.note(() => {
      this.#documents.defer(file, module.text);
      this.#discard(gone);
    });
  }

  #discard(files: readonly string[]): void {
    for (const file of files) {
      this.#counts.delete(file);
      this.#slots.discard(file);
    }
  }

  /** The file of the next cell: a slot if one is free, and the same until the cell is kept. */
  #file(code: string): string {
    const loose = `gradlab-cell-${this.#serial}`;
    if (fileEnding(code) === ".tsx") return (this.#next.tsx ??= `${loose}.tsx`);
    return (this.#next.ts ??= this.#slots.take() ?? `${loose}.ts`);
  }

  #showNext(next: { shown?: string }, file: string, text: string): void {
    // what was taken for JSX a keystroke ago may be none now
    if (next.shown !== undefined && next.shown !== file) this.#slots.clear(next.shown);
    next.shown = file;
    this.#documents.show(file, text);
  }

  /** Makes the server see `code` as the next cell. */
  #show(code: string, everything: boolean): string {
    const file = this.#file(code);
    this.#noticeEdits(code, file);
    this.#showNext(this.#next, file, this.#model.module(code, everything).text);
    return file;
  }
}

/**
 * Whether no later cell can see anything of this one but its result. The next cell then takes its file: for the
 * server that is a changed file and not a new program, which takes ten times as long.
 */
function leavesNothing(code: string): boolean {
  return declaredNames(code).size === 0 && !/\b(?:declare|import|export)\b/.test(code);
}

function toPosition(code: string, offset: number): { line: number; character: number } {
  const before = code.slice(0, offset);
  return {
    line: before.split("\n").length - 1 + PRELUDE_LINES,
    character: offset - (before.lastIndexOf("\n") + 1),
  };
}
