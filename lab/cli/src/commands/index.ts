// Arguments → Command → Exit code.
export { main } from "./main.js";
export { runNotebook, type RunOptions, type RunResult } from "./run.js";
