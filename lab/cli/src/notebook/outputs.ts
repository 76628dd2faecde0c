import type { Output } from "gradlab-kernel";
import {
  type CodeCell,
  displayId,
  isObject,
  joinLines,
  type Json,
  type NotebookOutput,
  toOutput,
} from "gradlab-lab-server/notebook";

/** Gathers the messages of iopub into the outputs of cells, as a front end does. */
export class OutputRecorder {
  readonly #shown = new Map<string, NotebookOutput[]>();
  #clearNext = false;

  /** A cell is about to run. */
  begin(cell: CodeCell): void {
    cell.outputs = [];
    cell.execution_count = null;
    this.#clearNext = false;
  }

  add(cell: CodeCell, { type, content }: Output): void {
    if (type === "clear_output") {
      this.#clearNext = content["wait"] === true;
      if (!this.#clearNext) cell.outputs = [];
      return;
    }
    if (type === "update_display_data") return this.#update(content);
    const output = toOutput(type, content);
    if (output === undefined) return;
    if (this.#clearNext) cell.outputs = [];
    this.#clearNext = false;
    const last = cell.outputs.at(-1);
    if (
      output.output_type === "stream" &&
      last?.output_type === "stream" &&
      last["name"] === output["name"]
    ) {
      last["text"] = joinLines(last["text"]) + joinLines(output["text"]);
      return;
    }
    cell.outputs.push(output);
    const id = displayId(content);
    if (id !== undefined && "data" in output) this.#shown.set(id, [...(this.#shown.get(id) ?? []), output]);
  }

  #update(content: Json): void {
    for (const output of this.#shown.get(displayId(content) ?? "") ?? []) {
      output["data"] = isObject(content["data"]) ? content["data"] : {};
      output["metadata"] = isObject(content["metadata"]) ? content["metadata"] : {};
    }
  }
}
