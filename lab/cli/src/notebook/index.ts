// File → Notebook → File: nbformat 4.
export { readNotebook } from "./read.js";
export { writeNotebook } from "./write.js";
export { OutputRecorder } from "./outputs.js";
export { displayId } from "./outputs.js";
export { hasTag, injectParameters, parseParameters, type Parameters } from "./parameters.js";
export { isObject, joinLines, type Json } from "./format.js";
export type { Cell, CodeCell, Notebook, CellOutput } from "./format.js";
