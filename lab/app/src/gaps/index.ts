// what JupyterLab's parts take for granted and a page lacks → harmless stand-ins.
import type { Plugin } from "../pages/plugins.js";
import { openPath } from "./open-path.js";

export const notebookGaps: readonly Plugin[] = [openPath as Plugin];
