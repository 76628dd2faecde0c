// File → Notebook → File, run in between; what a notebook is, the server's package says.
export { cleared, readNotebook } from "./read.js";
export { writeNotebook } from "./write.js";
export { OutputRecorder } from "./outputs.js";
export { hasTag, injectParameters, parseParameters, type Parameters } from "./parameters.js";
