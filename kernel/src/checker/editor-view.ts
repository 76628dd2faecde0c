import { join } from "node:path";
import { localImports } from "../compile/index.js";
import {
  type CompletionItem,
  itemsOf,
  type LspHover,
  type LspDiagnostic,
  type LspPosition,
  QUIET,
  readCompletion,
  readHover,
} from "./answers.js";
import { cellModule, fileEnding, type Owner, PRELUDE_LINES } from "./cell-module.js";
import type { Documents } from "./documents.js";
import { readEdits, readLocations, readSignatures } from "./editor-answers.js";
import type { NotebookModel } from "./notebook-model.js";
import { resolveItem, resolveItems } from "./resolve-items.js";
import type {
  CellText,
  EditorCompletion,
  EditorDiagnostic,
  EditorEdit,
  EditorHover,
  EditorLocation,
  EditorRange,
  EditorSignatures,
} from "./editor-types.js";

/**
 * The cells of a notebook as an editor shows them, run or not: each sees the names of the cells above it, and
 * of those that ran. Positions are those of the Language Server Protocol, in the cell.
 */
export interface EditorView {
  /** The current text of all cells, in order, magics blanked. */
  readonly setCells: (cells: readonly CellText[]) => void;
  readonly diagnostics: (cell: string, syntaxOnly: boolean) => Promise<readonly EditorDiagnostic[]>;
  readonly hover: (cell: string, position: LspPosition) => Promise<EditorHover | null>;
  readonly signatures: (cell: string, position: LspPosition) => Promise<EditorSignatures | null>;
  readonly completion: (cell: string, position: LspPosition, details: number) => Promise<EditorCompletion>;
  readonly resolve: (item: CompletionItem) => Promise<CompletionItem>;
  readonly definition: (cell: string, position: LspPosition) => Promise<readonly EditorLocation[]>;
  readonly format: (cell: string, options: object) => Promise<readonly EditorEdit[]>;
  readonly close: () => void;
}

export function createEditorView(
  documents: Documents,
  model: NotebookModel,
  counts: ReadonlyMap<string, number>,
  serial: number,
): EditorView {
  return new View(documents, model, counts, serial);
}

class View implements EditorView {
  readonly #documents: Documents;
  readonly #model: NotebookModel;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #serial: number;
  #cells: readonly CellText[] = [];
  /** Cell id → the stem of its file's name. */
  readonly #stems = new Map<string, string>();
  /** The last declarations of all names, to tell what they are. */
  #owners: ReadonlyMap<string, Owner> = new Map();
  /** The files that are shown to the server. */
  #files = new Map<string, string>();

  constructor(
    documents: Documents,
    model: NotebookModel,
    counts: ReadonlyMap<string, number>,
    serial: number,
  ) {
    this.#documents = documents;
    this.#model = model;
    this.#counts = counts;
    this.#serial = serial;
  }

  readonly setCells = (cells: readonly CellText[]): void => {
    this.#cells = cells;
  };

  readonly diagnostics = (cell: string, syntaxOnly: boolean): Promise<readonly EditorDiagnostic[]> =>
    this.#ask(cell, async (file, text) => {
      const found = (await this.#documents.ask("diagnostic", file)) as { items?: readonly LspDiagnostic[] };
      return readProblems(found.items ?? [], text, syntaxOnly);
    });

  readonly hover = (cell: string, position: LspPosition): Promise<EditorHover | null> =>
    this.#ask(cell, async (file) => {
      const found = (await this.#documents.ask("hover", file, at(position))) as LspHover | null;
      const contents = readHover(found);
      if (contents === undefined) return null;
      return { contents, range: up(found?.range ?? { start: down(position), end: down(position) }) };
    });

  readonly signatures = (cell: string, position: LspPosition): Promise<EditorSignatures | null> =>
    this.#ask(cell, async (file) =>
      readSignatures(await this.#documents.ask("signatureHelp", file, at(position))),
    );

  readonly completion = (cell: string, position: LspPosition, details: number): Promise<EditorCompletion> =>
    this.#ask(cell, async (file, text) => {
      const found = await this.#documents.ask("completion", file, at(position));
      const cursor = offsetAt(text, position);
      const completion = await resolveItems(
        this.#documents,
        readCompletion(itemsOf(found), text, cursor, (name) => this.#owners.get(name)?.declared.what),
        details,
      );
      const start = { ...position, character: position.character - (cursor - completion.start) };
      const incomplete = (found as { isIncomplete?: boolean } | null)?.isIncomplete === true;
      return { range: { start, end: position }, incomplete, items: completion.items };
    });

  readonly resolve = (item: CompletionItem): Promise<CompletionItem> =>
    this.#documents.enqueue(() => resolveItem(this.#documents, item));

  readonly definition = (cell: string, position: LspPosition): Promise<readonly EditorLocation[]> =>
    this.#ask(cell, async (file) => {
      const ids = new Map([...this.#files].map(([id, name]) => [this.#documents.uri(name), id]));
      const counts = new Map([...this.#counts].map(([name, count]) => [this.#documents.uri(name), count]));
      const found = await this.#documents.ask("definition", file, at(position));
      const again = redirected(found, this.#documents.uri(file), this.#documents.textOf(file) ?? "");
      const last =
        again === undefined ? found : await this.#documents.ask("definition", file, { position: again });
      return readLocations(last, ids, counts);
    });

  readonly format = (cell: string, options: object): Promise<readonly EditorEdit[]> =>
    this.#ask(cell, async (file, text) => {
      const found = await this.#documents.ask("formatting", file, { options });
      return readEdits(found, text);
    });

  readonly close = (): void => {
    this.#documents.note(() => {
      for (const file of this.#files.values()) this.#documents.hide(file);
      this.#files.clear();
    });
  };

  /** Shows the cells as they are, then asks about one. */
  #ask<T>(id: string, question: (file: string, text: string) => Promise<T>): Promise<T> {
    return this.#documents.enqueue(() => {
      this.#showCells();
      const file = this.#files.get(id);
      const text = this.#cells.find((cell) => cell.id === id)?.text;
      if (file === undefined || text === undefined) throw new Error(`There is no cell ${id}.`);
      return question(file, text);
    });
  }

  #showCells(): void {
    const owners = new Map<string, Owner>(this.#model.owners);
    this.#owners = owners;
    const files = new Map<string, string>();
    const edits: string[] = [];
    for (const { id, text } of this.#cells) {
      const file = this.#stem(id) + fileEnding(text);
      const module = cellModule(text, owners, this.#model.nodeTypes, true);
      files.set(id, file);
      edits.push(...localImports(text, join(this.#documents.folder, file)));
      this.#documents.show(file, module.text);
      for (const declared of module.declares.values()) owners.set(declared.name, { file, declared });
    }
    const kept = new Set(files.values());
    for (const file of this.#files.values()) if (!kept.has(file)) this.#documents.hide(file);
    this.#files = files;
    this.#documents.noticeEdits(edits);
  }

  #stem(id: string): string {
    const known = this.#stems.get(id) ?? `gradlab-editor-${this.#serial}-${this.#stems.size + 1}`;
    this.#stems.set(id, known);
    return known;
  }
}

const down = ({ line, character }: LspPosition): LspPosition => ({ line: line + PRELUDE_LINES, character });
const at = (position: LspPosition): object => ({ position: down(position) });
const up = ({ start, end }: EditorRange): EditorRange => ({
  start: { line: start.line - PRELUDE_LINES, character: start.character },
  end: { line: end.line - PRELUDE_LINES, character: end.character },
});

function offsetAt(text: string, { line, character }: LspPosition): number {
  let start = 0;
  for (let seen = 0; seen < line; seen += 1) {
    const next = text.indexOf("\n", start);
    if (next < 0) break;
    start = next + 1;
  }
  return Math.min(text.length, start + character);
}

/** A variable that the cell assigns is declared in the prelude: its definition is where that points. */
function redirected(found: unknown, uri: string, text: string): LspPosition | undefined {
  const first = (Array.isArray(found) ? found[0] : found) as
    { targetUri?: string; targetSelectionRange?: EditorRange } | null | undefined;
  const start = first?.targetSelectionRange?.start;
  if (first?.targetUri !== uri || start === undefined || start.line !== PRELUDE_LINES - 1) return undefined;
  const line = text.split("\n")[start.line] ?? "";
  const end = line.indexOf(";", start.character);
  return end < 0 ? undefined : { line: start.line, character: end - 1 };
}

const SEVERITIES = ["error", "error", "warning", "information", "hint"] as const;
/** TypeScript's codes of syntax errors. */
const isSyntax = (code: number): boolean => code >= 1000 && code < 2000;

function readProblems(
  items: readonly LspDiagnostic[],
  text: string,
  syntaxOnly: boolean,
): readonly EditorDiagnostic[] {
  const lines = text.split("\n");
  const last = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  const clamp = (position: LspPosition): LspPosition => (position.line > last.line ? last : position);
  return items
    .filter(({ code, severity, tags }) => !QUIET.has(code) && (severity < 3 || (tags ?? []).length > 0))
    .filter(({ code }) => !syntaxOnly || isSyntax(code))
    .map((item) => ({ ...item, range: up(item.range) }))
    .filter(({ range, code }) => range.start.line >= 0 && (range.start.line <= last.line || isSyntax(code)))
    .map(({ range, severity, code, message, tags }) => ({
      range: { start: clamp(range.start), end: clamp(range.end) },
      severity: SEVERITIES[severity] ?? "error",
      code: `TS${code}`,
      message,
      source: "typescript",
      ...(tags === undefined || tags.length === 0
        ? {}
        : { tags: tags.map((tag) => (tag === 1 ? ("unnecessary" as const) : ("deprecated" as const))) }),
    }));
}
