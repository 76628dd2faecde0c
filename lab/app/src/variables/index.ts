// kernel's top-level names → side panel with their types and values.
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { VariablesPanel } from "./panel.js";
import "./style.css";

const SHOW = "gradlab:variables";

/** The variables of the notebook in front, without a debugger. */
export const variables: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:variables",
  description: "A panel with the variables of the notebook: name, type, value.",
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    { shell, commands }: JupyterFrontEnd,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
  ) => {
    const panel = new VariablesPanel(tracker, rendermime);
    shell.add(panel, "right", { rank: 90, type: "Variables" });
    restorer?.add(panel, panel.id);
    commands.addCommand(SHOW, {
      label: "Variables",
      execute: () => shell.activateById(panel.id),
      describedBy: { args: { type: "object", properties: {} } },
    });
    palette?.addItem({ command: SHOW, category: "Kernel Operations" });
  },
};
