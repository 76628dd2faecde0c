import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { labBranding, notebookBranding } from "./branding/index.js";
import { busyIcon, lastingStatus } from "./busy/index.js";
import { course } from "./course/index.js";
import { debugging } from "./debugging/index.js";
import { notebookGaps } from "./gaps/index.js";
import { language } from "./language/index.js";
import type { Plugin } from "./pages/plugins.js";
import { plotlyRenderer } from "./plotly/index.js";
import { restart } from "./restart/index.js";
import { runs } from "./runs/index.js";
import { settings } from "./settings/index.js";
import { loadState } from "./state/index.js";
import { tableRenderer } from "./table/index.js";
import { tensorRenderer } from "./tensor/index.js";
import { toolbar } from "./toolbar/index.js";
import { training } from "./training/index.js";
import { usage } from "./usage/index.js";
import { variables } from "./variables/index.js";

/** Output renderers of our own, on every page. */
export const renderers = [
  plotlyRenderer,
  tableRenderer,
  tensorRenderer,
] as unknown as IRenderMime.IExtensionModule[];

/** Plugins of the JupyterLab page. */
export const labPlugins: readonly Plugin[] = [
  ...labBranding,
  settings as Plugin,
  loadState as Plugin,
  busyIcon as Plugin,
  lastingStatus as Plugin,
  restart as Plugin,
  toolbar as Plugin,
  language as Plugin,
  course as Plugin,
  runs as Plugin,
  training as Plugin,
  usage as Plugin,
  debugging as Plugin,
  variables as Plugin,
];

/** Plugins of a Notebook 7 page. */
export function notebookPlugins(page: string): readonly Plugin[] {
  const everywhere = [
    ...notebookBranding,
    settings as Plugin,
    ...notebookGaps,
    busyIcon as Plugin,
    lastingStatus as Plugin,
    restart as Plugin,
    toolbar as Plugin,
  ];
  return page === "notebooks"
    ? [...everywhere, language as Plugin, runs as Plugin, training as Plugin, usage as Plugin]
    : everywhere;
}
