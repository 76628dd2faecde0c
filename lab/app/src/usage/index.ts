// usage_request → status bar.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IStatusBar } from "@jupyterlab/statusbar";
import { UsageItem } from "./item.js";

/** Device and memory of the kernel of the notebook in front. */
export const usage: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:usage",
  description:
    "The device that the notebook's kernel computes on, and the memory it has, in the status bar or beside the menus.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [IStatusBar],
  activate: ({ shell }: JupyterFrontEnd, tracker: INotebookTracker, statusBar: IStatusBar | null) => {
    const item = new UsageItem(tracker);
    const isActive = (): boolean => item.isActive;
    // a notebook page has no status bar
    if (statusBar === null) shell.add(item, "menu", { rank: 10_005 });
    statusBar?.registerStatusItem("gradlab-app:usage", { item, align: "right", rank: 90, isActive });
  },
};
