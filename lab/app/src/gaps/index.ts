// what JupyterLab's parts take for granted and this server or page lacks → harmless stand-ins.
import type { Plugin } from "../pages/plugins.js";
import { noNbconvert } from "./no-nbconvert.js";
import { openPath } from "./open-path.js";

export const labGaps: readonly Plugin[] = [noNbconvert as unknown as Plugin];
export const notebookGaps: readonly Plugin[] = [noNbconvert as unknown as Plugin, openPath as Plugin];
