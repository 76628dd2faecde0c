import { extname } from "node:path";
import { GradlabError } from "../errors.js";
import { readText } from "./file.js";
import { parseJson } from "./json.js";

/**
 * Reads a configuration: YAML 1.2, or JSON by its ending.
 *
 * @throws E_FILE_NOT_FOUND, or E_FILE_FORMAT with file:line:column of the first mistake
 * @example await readConfigFile("models/en-3m/train.yaml")
 */
export async function readConfigFile(path: string): Promise<unknown> {
  const text = await readText(path);
  return extname(path) === ".json" ? parseJson(text, path) : parseYaml(text, path);
}

/**
 * Parses YAML text; `file` only names it in errors.
 *
 * @throws E_FILE_FORMAT with file:line:column; duplicate keys count as a mistake
 * @example await parseYaml("steps: 100\nphases: [a, b]", "x.yaml") // { steps: 100, phases: ["a", "b"] }
 */
export async function parseYaml(text: string, file: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  if (fault === undefined) return document.toJS() as unknown;
  const { line, col } = fault.linePos?.[0] ?? { line: 1, col: 1 };
  const why = fault.message.split(/ at line \d+/)[0].replace(/\.$/, "");
  throw new GradlabError("E_FILE_FORMAT", `${file} is not valid YAML: ${why}.`, {
    where: { file, line, column: col },
    hint: "Correct the YAML at the place named above.",
  });
}
