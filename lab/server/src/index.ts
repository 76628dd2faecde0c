// Requests of a browser → Notebooks, kernels, files: the Jupyter Server protocol, without Python.
export { LabServer, startLabServer } from "./server.js";
export type { LabServerOptions } from "./options.js";
export { ServerError, SERVER_ERROR_CODES, type ServerErrorCode } from "./errors.js";
export { hashPassword } from "./auth/index.js";
export { notebookToHtml, notebookToScript, scriptExtension } from "./nbconvert/index.js";
export { parseNotebook, type Notebook } from "./notebook/index.js";
