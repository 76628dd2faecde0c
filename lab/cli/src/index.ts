// Arguments → Command → Exit code: the `gradlab` command; dist/main.js is its entry.
export { main, runNotebook, type RunOptions, type RunResult } from "./commands/index.js";
