import { isJsx, parseModule } from "../compile/index.js";
import { findMagic, type MagicSpec, nearestMagic } from "./table.js";

/** A magic that stands in a cell. */
export interface Magic {
  readonly name: string;
  readonly kind: MagicSpec["kind"];
  /** What stands behind the name; for a cell magic the rest of its line. */
  readonly argument: string;
  /** For a cell magic the lines below it. */
  readonly body: string;
  /** The name of the statement that stands in its place in `code`. */
  readonly mark: string;
  readonly start: number;
  readonly end: number;
}

export interface MagicFault {
  readonly message: string;
  readonly help: string;
  readonly start: number;
  readonly end: number;
}

export interface SplitCell {
  /** The cell with a statement `mark;` in place of each line magic: as long as the cell. */
  readonly code: string;
  /** The cell with blanks in their place, for whom magics do not matter: as long as the cell. */
  readonly plain: string;
  readonly magics: readonly Magic[];
  readonly fault?: MagicFault;
}

/** How the statements begin that stand for magics: a letter that nobody's code begins with. */
export const MAGIC_MARK = "ꓘ";

const HEAD = /^(%%?)([A-Za-z_][\w-]*)(?:[ \t]+|$)/;

/**
 * Finds a cell's magics: `%%name` on its first line, `%name` at the beginning of a line where a statement
 * may begin. `%` stays JavaScript's operator inside strings, templates, comments and brackets, where the
 * name is none of a magic and the lines read as an expression, and where the name is `declared`.
 */
export function splitMagics(source: string, declared: (name: string) => boolean = () => false): SplitCell {
  if (!/^%/m.test(source)) return { code: source, plain: source, magics: [] };
  const first = /^\ufeff?(?:[ \t]*\r?\n)*/.exec(source)?.[0].length ?? 0;
  if (source.startsWith("%%", first)) return splitCellMagic(source, first);
  const magics: Magic[] = [];
  let code = source;
  let plain = source;
  let fault: MagicFault | undefined;
  for (const { start, end } of lines(source)) {
    const text = source.slice(start, end);
    const head = HEAD.exec(text);
    if (head === null || fault !== undefined) continue;
    const [whole, sign, name = ""] = head;
    if (!reads(code.slice(0, start))) continue;
    const spec = findMagic(name, "line");
    if (sign === "%%" || spec === undefined || declares(code, name) || declared(name)) {
      const isVariable = declares(code, name) || declared(name);
      if (reads(code.slice(0, end)) && (isVariable || sign === "%%" || !isTypo(name))) continue;
      fault = unknown(name, sign === "%%", start, start + name.length + 1);
      plain = plain.slice(0, start) + " ".repeat(end - start) + plain.slice(end);
      continue;
    }
    const rest = spec.code === true ? start + whole.length : end;
    const mark = MAGIC_MARK + String.fromCodePoint(FIRST_INDEX + magics.length);
    const size = rest - start;
    magics.push({
      name,
      kind: "line",
      argument: source.slice(start + whole.length, end).trim(),
      body: "",
      mark,
      start,
      end,
    });
    code = code.slice(0, start) + `${mark};`.padEnd(size) + code.slice(rest);
    plain = plain.slice(0, start) + " ".repeat(size) + plain.slice(rest);
  }
  return { code, plain, magics, ...(fault === undefined ? {} : { fault }) };
}

/** Marks count up from here. */
const FIRST_INDEX = 0x4e00;

function splitCellMagic(source: string, start: number): SplitCell {
  const line = source.indexOf("\n", start);
  const end = line < 0 ? source.length : line;
  const text = source.slice(start, end).replace(/\r$/, "");
  const head = HEAD.exec(text);
  const name = head?.[2] ?? "";
  const spec = findMagic(name, "cell");
  if (spec === undefined) {
    const fault = unknown(name, true, start, start + name.length + 2);
    return { code: blank(source), plain: blank(source), magics: [], fault };
  }
  const argument = text.slice(head?.[0].length).trim();
  const magic: Magic = { name, kind: "cell", argument, body: source.slice(end + 1), mark: "", start, end };
  if (spec.code !== true) return { code: blank(source), plain: blank(source), magics: [magic] };
  const rest = source.slice(0, start) + " ".repeat(end - start) + source.slice(end);
  const inner = splitMagics(rest);
  return { ...inner, magics: [magic, ...inner.magics] };
}

const blank = (text: string): string => text.replace(/[^\r\n]/g, " ");

function lines(source: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let start = 0; start <= source.length;) {
    const next = source.indexOf("\n", start);
    const stop = next < 0 ? source.length : next;
    found.push({ start, end: source[stop - 1] === "\r" && stop > start ? stop - 1 : stop });
    start = stop + 1;
  }
  return found;
}

/** Whether a name that nobody declared looks like one of a magic: it would be no variable either. */
const isTypo = (name: string): boolean => name.length > 2 && nearestMagic(name, "line") !== undefined;

/** Whether a text is a whole program. */
function reads(code: string): boolean {
  if (code.trim() === "") return true;
  return parseModule(code, "ts").errors.length === 0 || isJsx(code);
}

/** Whether the cell itself gives `name` a meaning. */
function declares(code: string, name: string): boolean {
  return new RegExp(`\\b(?:const|let|var|function|class|import)\\b[^;=]*\\b${name}\\b`).test(code);
}

function unknown(name: string, isCell: boolean, start: number, end: number): MagicFault {
  const kind = isCell ? "cell" : "line";
  const near = nearestMagic(name, kind);
  const message = `There is no magic ${isCell ? "%%" : "%"}${name}.`;
  return {
    message,
    help: `${near === undefined ? "" : `Did you mean ${near}? `}%lsmagic lists them.`,
    start,
    end,
  };
}
