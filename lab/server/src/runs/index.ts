// Messages of a cell whose page is gone → Outputs in the stored notebook.
export { Runs, type RunsOptions } from "./runs.js";
export { runRoutes } from "./routes.js";
