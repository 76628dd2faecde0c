import { GradlabError } from "../errors.js";
import { findJsonError } from "./json-error.js";
import { shorten } from "./record.js";

/** The value of a JSON text that begins in a line of a file. @throws E_DATA_FORMAT at file:line:column */
export function parseJson(text: string, file: string, firstLine: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { position, expected } = findJsonError(text) ?? { position: 0, expected: "JSON" };
    const before = text.slice(0, position).split("\n");
    const rest = text.slice(position);
    const got = rest === "" ? "the end of the line" : JSON.stringify(shorten(rest, 20));
    throw new GradlabError("E_DATA_FORMAT", `This is not JSON: expected ${expected}, got ${got}.`, {
      where: { file, line: firstLine + before.length - 1, column: before[before.length - 1].length + 1 },
      cause,
    });
  }
}
