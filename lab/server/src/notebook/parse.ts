import { ServerError } from "../errors.js";
import { isObject, type Json } from "../http/index.js";
import { joinCell } from "./lines.js";
import type { Cell, Notebook } from "./types.js";

/**
 * Text of an .ipynb file → notebook. Throws E_BAD_NOTEBOOK with what is wrong and in which cell; nothing of
 * nbformat 4 is changed or dropped.
 */
export function parseNotebook(text: string, where: string): Notebook {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw bad(`The notebook is not valid JSON: ${(cause as Error).message}.`, where, cause);
  }
  return checkNotebook(json, where);
}

/** A parsed value → notebook, by the rules of the nbformat 4 schema that front ends rely on. */
export function checkNotebook(json: unknown, where: string): Notebook {
  if (!isObject(json)) throw bad("The notebook is not a JSON object.", where);
  if (json["nbformat"] !== 4) {
    const version = JSON.stringify(json["nbformat"]) ?? "missing";
    throw bad(`The notebook's nbformat is ${version}, not 4.`, where);
  }
  if (!Array.isArray(json["cells"])) throw bad("The notebook holds no list of cells.", where);
  const metadata = json["metadata"] ?? {};
  if (!isObject(metadata)) throw bad("The notebook's metadata are not an object.", where);
  const minor = json["nbformat_minor"];
  return {
    ...json,
    nbformat: 4,
    nbformat_minor: typeof minor === "number" && Number.isInteger(minor) && minor >= 0 ? minor : 5,
    metadata,
    cells: json["cells"].map((cell: unknown, i) => checkCell(cell, i + 1, where)),
  };
}

function checkCell(cell: unknown, number: number, where: string): Cell {
  const refuse = (what: string): ServerError => bad(`Cell ${number} of the notebook ${what}.`, where);
  if (!isObject(cell)) throw refuse("is not an object");
  const type = cell["cell_type"];
  if (type !== "code" && type !== "markdown" && type !== "raw") {
    throw refuse(`has the unknown type ${JSON.stringify(type) ?? "undefined"}`);
  }
  if (!isText(cell["source"] ?? "")) throw refuse("has a source that is not text");
  const metadata = cell["metadata"] ?? {};
  if (!isObject(metadata)) throw refuse("has metadata that are not an object");
  if (type !== "code") return joinCell({ ...cell, metadata }) as Cell;
  const outputs = cell["outputs"] ?? [];
  if (!Array.isArray(outputs) || !outputs.every(isOutput)) throw refuse("has outputs that are not outputs");
  const count = cell["execution_count"];
  return joinCell({
    ...cell,
    metadata,
    outputs,
    execution_count: typeof count === "number" ? count : null,
  }) as Cell;
}

function isText(value: unknown): boolean {
  return (
    typeof value === "string" || (Array.isArray(value) && value.every((line) => typeof line === "string"))
  );
}

function isOutput(value: unknown): value is Json {
  return isObject(value) && typeof value["output_type"] === "string";
}

function bad(sentence: string, where: string, cause?: unknown): ServerError {
  return new ServerError("E_BAD_NOTEBOOK", sentence, { where, cause });
}
