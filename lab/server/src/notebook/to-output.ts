import { isObject, type Json } from "../http/index.js";
import { joinLines } from "./lines.js";
import type { NotebookOutput } from "./types.js";

const record = (value: unknown): Json => (isObject(value) ? value : {});

/** A message of iopub → the output that nbformat stores for it; undefined for a message that is none. */
export function toOutput(type: string, content: Json): NotebookOutput | undefined {
  switch (type) {
    case "stream":
      return {
        output_type: "stream",
        name: joinLines(content["name"]) || "stdout",
        text: joinLines(content["text"]),
      };
    case "error": {
      const traceback = Array.isArray(content["traceback"]) ? content["traceback"].map(String) : [];
      return {
        output_type: "error",
        ename: joinLines(content["ename"]),
        evalue: joinLines(content["evalue"]),
        traceback,
      };
    }
    case "display_data":
      return { output_type: type, data: record(content["data"]), metadata: record(content["metadata"]) };
    case "execute_result": {
      const count = content["execution_count"];
      const execution_count = typeof count === "number" ? count : null;
      const [data, metadata] = [record(content["data"]), record(content["metadata"])];
      return { output_type: type, data, metadata, execution_count };
    }
    default:
      return undefined;
  }
}

/** The name under which a display can be changed later. */
export function displayId(content: Json): string | undefined {
  const transient = content["transient"];
  const id = isObject(transient) ? transient["display_id"] : undefined;
  return typeof id === "string" ? id : undefined;
}
