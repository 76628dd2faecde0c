// Arguments → Command → Exit code: the `gradlab` command; dist/main.js is its entry.
export { addDataset, type AddOptions, CATALOGUE, type CatalogueEntry } from "./datasets/index.js";
export { main, runNotebook, type RunOptions, type RunResult } from "./commands/index.js";
