import { parseJson } from "../../parse-json.js";
import { readWhole } from "../../read-lines.js";
import { formatError } from "../../record.js";
import type { Stage } from "../stage.js";
import { rowsInMemory } from "./rows-in-memory.js";
import { hashFile } from "./text-file.js";

/** The rows of a JSON array; the file is read whole. */
export function jsonArray(path: string): Stage<unknown> {
  return {
    ...rowsInMemory(
      () => readArray(path),
      (index) => ({ file: `${path}[${index}]` }),
    ),
    operator: "file",
    settings: [".json"],
    content: () => hashFile(path),
  };
}

async function readArray(path: string): Promise<readonly unknown[]> {
  const text = await readWhole(path);
  if (text.trim() === "") return [];
  const value = parseJson(text, path, 1);
  if (Array.isArray(value)) return value;
  throw formatError(
    "The file is not a JSON array.",
    { file: path, line: 1, column: 1 },
    "Wrap the rows in [ ].",
  );
}
