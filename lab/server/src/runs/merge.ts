import { isDeepStrictEqual } from "node:util";
import { isObject, type Json } from "../http/index.js";
import type { Cell, CodeCell, Notebook, NotebookOutput } from "../notebook/index.js";
import type { Run } from "./run.js";

/** The notebook with a run's outputs in its cell; undefined when the cell is gone or has them already. */
export function mergeRun(notebook: Notebook, run: Run): Notebook | undefined {
  if (!run.hasStarted) return undefined;
  const at = notebook.cells.findIndex((cell) => isCellOf(cell, run));
  const cell = notebook.cells[at] as CodeCell | undefined;
  if (cell === undefined) return undefined;
  const outputs = run.outputs.toOutputs();
  const merged: CodeCell = { ...cell, outputs, execution_count: run.executionCount };
  if (isDeepStrictEqual(plain(merged), plain(cell))) return undefined;
  return { ...notebook, cells: notebook.cells.with(at, merged) };
}

function plain({ outputs, execution_count }: CodeCell): unknown {
  return JSON.parse(JSON.stringify([outputs, execution_count]));
}

/** The outputs that a notebook has of the run's cell; undefined when the cell is not there. */
export function outputsOf(notebook: Notebook, run: Run): readonly NotebookOutput[] | undefined {
  return (notebook.cells.find((one) => isCellOf(one, run)) as CodeCell | undefined)?.outputs;
}

function isCellOf(cell: Cell, run: Run): boolean {
  return cell.cell_type === "code" && cell.id === run.cellId;
}

/**
 * What a save by a page means for a run whose page is gone. `complete`: the page has an earlier state of the same
 * outputs, so the rest belongs to it. `superseded`: the user has put something else there, and that stands.
 * `absent`: the cell is not there.
 */
export function judgeSave(notebook: Notebook, run: Run): "complete" | "superseded" | "absent" {
  const outputs = outputsOf(notebook, run);
  if (outputs === undefined) return "absent";
  if (outputs.length < (run.delivered ?? 0)) return "superseded"; // cleared by hand
  if (run.outputs.wasCleared) return "complete";
  const recorded = run.outputs.toOutputs();
  const isBeginning =
    outputs.length <= recorded.length && outputs.every((output, i) => isSameShape(output, recorded[i]));
  return isBeginning ? "complete" : "superseded";
}

/** Pages rewrite texts (carriage returns) and displays change: the kind and the types of an output do not. */
function isSameShape(a: NotebookOutput, b: NotebookOutput): boolean {
  if (a.output_type !== b.output_type || a["name"] !== b["name"] || a["ename"] !== b["ename"]) return false;
  return isDeepStrictEqual(mimeTypes(a), mimeTypes(b));
}

function mimeTypes(output: Json): string[] {
  return isObject(output["data"]) ? Object.keys(output["data"]).sort() : [];
}
