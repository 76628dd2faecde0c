import type { Output } from "gradlab-kernel";
import { type CellOutput, type CodeCell, isObject, joinLines, type Json } from "./format.js";

type Shown = Extract<CellOutput, { data: Json }>;

/** Gathers the messages of iopub into the outputs of cells, as a front end does. */
export class OutputRecorder {
  readonly #shown = new Map<string, Shown[]>();
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
    const output = readOutput(type, content);
    if (output === undefined) return;
    if (this.#clearNext) cell.outputs = [];
    this.#clearNext = false;
    const last = cell.outputs.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      last.text += output.text;
      return;
    }
    cell.outputs.push(output);
    const id = displayId(content);
    if (id !== undefined && "data" in output) this.#shown.set(id, [...(this.#shown.get(id) ?? []), output]);
  }

  #update(content: Json): void {
    for (const output of this.#shown.get(displayId(content) ?? "") ?? []) {
      output.data = isObject(content["data"]) ? content["data"] : {};
      output.metadata = isObject(content["metadata"]) ? content["metadata"] : {};
    }
  }
}

/** The name under which an output can be changed later. */
export function displayId(content: Json): string | undefined {
  const transient = content["transient"];
  const id = isObject(transient) ? transient["display_id"] : undefined;
  return typeof id === "string" ? id : undefined;
}

function readOutput(type: string, content: Json): CellOutput | undefined {
  const data = isObject(content["data"]) ? content["data"] : {};
  const metadata = isObject(content["metadata"]) ? content["metadata"] : {};
  switch (type) {
    case "stream":
      return {
        output_type: "stream",
        name: joinLines(content["name"]) || "stdout",
        text: joinLines(content["text"]),
      };
    case "display_data":
      return { output_type: "display_data", data, metadata };
    case "execute_result": {
      const count = content["execution_count"];
      const execution_count = typeof count === "number" ? count : null;
      return { output_type: "execute_result", data, metadata, execution_count };
    }
    case "error": {
      const traceback = Array.isArray(content["traceback"]) ? content["traceback"].map(String) : [];
      return {
        output_type: "error",
        ename: joinLines(content["ename"]),
        evalue: joinLines(content["evalue"]),
        traceback,
      };
    }
    default:
      return undefined;
  }
}
