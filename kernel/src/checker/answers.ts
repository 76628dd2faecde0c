import { SPACE_PREFIX } from "./cell-slots.js";

/** A type error; line and column from 1 in the cell. */
export interface Diagnostic {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly code: number;
  readonly message: string;
}

export interface CompletionItem {
  readonly text: string;
  readonly kind: string;
  readonly deprecated?: boolean;
  /** The signature, once resolved. */
  readonly detail?: string;
  /** Markdown, once resolved. */
  readonly documentation?: string;
  /** As the server gave it, to be resolved. */
  readonly lsp?: LspItem;
}

/** What may replace code[start, end). */
export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly items: readonly CompletionItem[];
}

export interface LspPosition {
  readonly line: number;
  readonly character: number;
}

export interface LspDiagnostic {
  readonly range: { readonly start: LspPosition; readonly end: LspPosition };
  readonly severity: number;
  readonly code: number;
  readonly message: string;
  readonly tags?: readonly number[];
}

export interface LspItem {
  readonly label: string;
  readonly kind?: number;
  readonly sortText?: string;
  readonly insertText?: string;
  readonly tags?: readonly number[];
  readonly textEdit?: {
    readonly newText: string;
    readonly range?: { readonly start: LspPosition };
    readonly replace?: { readonly start: LspPosition };
  };
}

/** Names for LSP's CompletionItemKind, as front ends show them. */
const KINDS: Readonly<Record<number, string>> = {
  2: "method",
  3: "function",
  4: "constructor",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  13: "enum",
  14: "keyword",
  17: "file",
  19: "folder",
  20: "enum member",
  21: "constant",
  25: "type",
};

/**
 * Not shown: everything about implicit `any` (a notebook may be written without types), and `.ts` in
 * import paths, which the kernel can run.
 */
export const QUIET = new Set([
  // top-level await, import.meta, import attributes: cells have them under any `module`
  1324, 1343, 1375, 1378, 1432, 1470, 2821, 2823, 2836, 2854, 5097, 7005, 7006, 7008, 7010, 7011, 7015, 7016,
  7018, 7019, 7022, 7023, 7024, 7031, 7034, 7043, 7044, 7045, 7046, 7047, 7048, 7049, 7050, 7053,
]);

/** LSP's diagnostics → those of the cell's own lines that are errors. */
export function readDiagnostics(
  items: readonly LspDiagnostic[],
  offset: number,
  lines: number,
): Diagnostic[] {
  return items
    .filter((item) => item.severity === 1 && !QUIET.has(item.code))
    .filter((item) => item.range.start.line >= offset && item.range.start.line < offset + lines)
    .map(({ range: { start, end }, code, message }) => ({
      line: start.line - offset + 1,
      column: start.character + 1,
      length: end.line === start.line ? end.character - start.character : 1,
      code,
      message,
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** LSP's items → those that go on with what stands before the cursor, best first. */
export function readCompletion(
  items: readonly LspItem[],
  code: string,
  cursor: number,
  kindOf: (name: string) => string | undefined,
): Completion {
  const start = completionStart(items, code, cursor);
  const word = code.slice(start, cursor);
  const isName = code[start - 1] !== ".";
  const found = items
    .map((item) => ({ item, text: item.textEdit?.newText ?? item.insertText ?? item.label }))
    .filter(({ text }) => text.startsWith(word) && !text.startsWith(SPACE_PREFIX))
    .sort((a, b) => order(a.item).localeCompare(order(b.item)))
    .map(({ item, text }) => ({
      text,
      kind: (isName ? kindOf(item.label) : undefined) ?? KINDS[item.kind ?? 0] ?? "",
      lsp: item,
      ...(item.tags?.includes(1) === true ? { deprecated: true } : {}),
    }));
  const unique = new Map(found.map((item) => [item.text, item]));
  return { start, end: cursor, items: [...unique.values()] };
}

/** Where what an item replaces begins: the server says so inside strings, else it is the word at the cursor. */
function completionStart(items: readonly LspItem[], code: string, cursor: number): number {
  const lineStart = code.lastIndexOf("\n", cursor - 1) + 1;
  const starts = new Set(
    items.map(({ textEdit }) => (textEdit?.range?.start ?? textEdit?.replace?.start)?.character),
  );
  const [start] = starts;
  if (starts.size === 1 && start !== undefined && lineStart + start <= cursor) return lineStart + start;
  return (
    cursor - (/(?:#?[\p{ID_Start}$_][\p{ID_Continue}$]*|#)$/u.exec(code.slice(0, cursor))?.[0].length ?? 0)
  );
}

/** LSP's hover → markdown. That a name of another cell is imported is the kernel's doing, not the user's. */
export function readHover(found: LspHover | null | undefined): string | undefined {
  const contents = found?.contents;
  const text = typeof contents === "string" ? contents : contents?.value;
  if (text === undefined || text.trim() === "") return undefined;
  return withoutAlias(text);
}

export const withoutAlias = (text: string): string =>
  text
    .replace(/^(```\w*\n)?\(alias\) /, "$1")
    .replace(/\nimport [\w$]+(?: = \$gradlab_\d+\.[\w$]+)?(?=\n```|$)/, "");

export interface LspHover {
  readonly contents?: { readonly value?: string } | string;
  readonly range?: { readonly start: LspPosition; readonly end: LspPosition };
}

const order = (item: LspItem): string => `${item.sortText ?? "99"} ${item.label}`;

/** The items of a completion, however the server packs them. */
export function itemsOf(found: unknown): readonly LspItem[] {
  if (Array.isArray(found)) return found as readonly LspItem[];
  return (found as { items?: readonly LspItem[] } | null | undefined)?.items ?? [];
}
