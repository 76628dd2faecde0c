// page → gradlab's name, logo and links.
import type { Plugin } from "../pages/plugins.js";
import { labLogo, notebookLogo } from "./logo.js";

export { gradlabIcon } from "./icons.js";
export const labBranding: readonly Plugin[] = [labLogo];
export const notebookBranding: readonly Plugin[] = [notebookLogo];
