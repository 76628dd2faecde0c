// Notebook → HTML page or script.
export { notebookToHtml } from "./to-html.js";
export { notebookToScript, scriptExtension } from "./to-script.js";
export { convertRoutes } from "./routes.js";
