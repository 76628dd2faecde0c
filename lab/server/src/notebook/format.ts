import { isObject } from "../http/index.js";
import { splitCell, stripTransient } from "./lines.js";
import type { Notebook } from "./types.js";

/** A notebook as text, in the layout of nbformat: lines split, keys sorted, indented by one. */
export function formatNotebook(notebook: Notebook): string {
  const stored = stripTransient(notebook);
  return `${JSON.stringify({ ...stored, cells: stored.cells.map(splitCell) }, sortKeys, 1)}\n`;
}

/** What "New notebook" makes; its front end fills in kernel and language. */
export function emptyNotebook(): Notebook {
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };
}

function sortKeys(_key: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.every((key, i) => i === 0 || keys[i - 1] <= key)) return value;
  return Object.fromEntries(keys.sort().map((key) => [key, value[key]]));
}
