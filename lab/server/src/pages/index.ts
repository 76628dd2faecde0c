// Front end, address → HTML: the pages of JupyterLab and Notebook 7.
export { pageRoutes, type PageOptions } from "./routes.js";
