/** The parts of nbformat 4.5 that are read or written; unknown fields are kept. */

export type Json = { [key: string]: unknown };

export type CellOutput =
  | { output_type: "stream"; name: string; text: string }
  | { output_type: "display_data"; data: Json; metadata: Json }
  | { output_type: "execute_result"; data: Json; metadata: Json; execution_count: number | null }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

interface CellBase {
  id: string;
  metadata: Json;
  source: string;
}

export interface CodeCell extends CellBase {
  cell_type: "code";
  execution_count: number | null;
  outputs: CellOutput[];
}

export interface TextCell extends CellBase {
  cell_type: "markdown" | "raw";
  attachments?: Json;
}

export type Cell = CodeCell | TextCell;

export interface Notebook {
  nbformat: 4;
  nbformat_minor: 5;
  metadata: Json;
  cells: Cell[];
}

/** Multi-line text is stored as one string or as a list of lines. */
export function joinLines(value: unknown): string {
  if (Array.isArray(value)) return value.map((part) => (typeof part === "string" ? part : "")).join("");
  return typeof value === "string" ? value : "";
}

/** One string → lines that keep their line ends, as Jupyter writes them. */
export function splitLines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
