// Text ↔ Notebook: nbformat 4, read with care and written as Jupyter writes it.
export { parseNotebook, checkNotebook } from "./parse.js";
export { formatNotebook, emptyNotebook } from "./format.js";
export { joinLines, splitLines, stripTransient } from "./lines.js";
export type { Cell, CodeCell, Notebook, NotebookOutput } from "./types.js";
