import type { Json } from "../http/index.js";

/** One of a code cell's outputs; fields by `output_type`, unknown ones kept. */
export interface NotebookOutput extends Json {
  output_type: string;
}

interface CellBase extends Json {
  id?: string;
  metadata: Json;
  source: string;
}

export interface CodeCell extends CellBase {
  cell_type: "code";
  execution_count: number | null;
  outputs: NotebookOutput[];
}

export interface TextCell extends CellBase {
  cell_type: "markdown" | "raw";
}

export type Cell = CodeCell | TextCell;

/** nbformat 4 with its lines joined; unknown fields are kept. */
export interface Notebook extends Json {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Json;
  cells: Cell[];
}
