// API path ↔ File: the contents of the root folder, as jupyter_server has them.
export { Contents, type ContentsOptions } from "./contents.js";
export { contentsRoutes } from "./routes.js";
export { NotebookStore, type NotebookHooks } from "./notebook-store.js";
export type { Model, ModelType } from "./model.js";
