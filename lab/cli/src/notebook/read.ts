import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { KernelError } from "gradlab-kernel";
import { type Cell, isObject, joinLines, type Json, type Notebook } from "./format.js";

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Reads an .ipynb file of nbformat 4, whatever minor version; cells without a valid id get one.
 * Outputs are dropped: they are about to be made anew.
 */
export function readNotebook(path: string): Notebook {
  const refuse = (sentence: string, cause?: unknown): never => {
    throw new KernelError("E_NOTEBOOK", sentence, { where: path, cause });
  };
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    return refuse(code === "ENOENT" ? "There is no such notebook." : `It cannot be read (${code}).`, cause);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse(`It is not valid JSON: ${(cause as Error).message}.`, cause);
  }
  if (!isObject(json) || !Array.isArray(json["cells"])) return refuse("It holds no list of cells.");
  if (json["nbformat"] !== 4) return refuse(`Its nbformat is ${String(json["nbformat"])}, not 4.`);
  const seen = new Set<string>();
  const cells = json["cells"].map((cell: unknown, i) =>
    isObject(cell) ? readCell(cell, seen) : refuse(`Cell ${i + 1} is not an object.`),
  );
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: isObject(json["metadata"]) ? json["metadata"] : {},
    cells,
  };
}

function readCell(cell: Json, seen: Set<string>): Cell {
  let id = cell["id"];
  if (typeof id !== "string" || !ID.test(id) || seen.has(id)) id = randomUUID().slice(0, 8);
  seen.add(id as string);
  const base = {
    id: id as string,
    metadata: isObject(cell["metadata"]) ? cell["metadata"] : {},
    source: joinLines(cell["source"]),
  };
  if (cell["cell_type"] === "code") return { ...base, cell_type: "code", execution_count: null, outputs: [] };
  const attachments = isObject(cell["attachments"]) ? { attachments: cell["attachments"] } : {};
  return { ...base, cell_type: cell["cell_type"] === "raw" ? "raw" : "markdown", ...attachments };
}
