// Text ↔ Notebook: nbformat 4, read with care and written as Jupyter writes it.
export { parseNotebook, checkNotebook } from "./parse.js";
export { formatNotebook, emptyNotebook } from "./format.js";
export { displayId, toOutput } from "./to-output.js";
export { isObject, type Json } from "../http/index.js";
export { joinLines, splitLines, stripTransient } from "./lines.js";
export type { Cell, CodeCell, Notebook, NotebookOutput } from "./types.js";
