// the kernel's jobs comm → training panel, status item.
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IMainMenu } from "@jupyterlab/mainmenu";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IStatusBar } from "@jupyterlab/statusbar";
import { CurrentJobs } from "./current-jobs.js";
import { trainingIcon } from "./icon.js";
import { TrainingPanel } from "./panel.js";
import { TrainingStatus } from "./status-item.js";
import "./style.css";

const OPEN = "gradlab:training";

/** The training panel of the JupyterLab and notebook pages. It opens when it is asked for: a badge and the status bar say that a job runs. */
export const training: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:training",
  description: "A panel with the jobs of the notebook's kernel: loss, speed, pause, stop.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILayoutRestorer, ICommandPalette, IMainMenu, IStatusBar],
  activate: (
    { commands, shell }: JupyterFrontEnd,
    tracker: INotebookTracker,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    statusBar: IStatusBar | null,
  ) => {
    const jobs = new CurrentJobs(tracker);
    const panel = new TrainingPanel(jobs);
    shell.add(panel, "right", { rank: 300, type: "Training" });
    restorer?.add(panel, panel.id);
    const open = (): void => shell.activateById(panel.id);
    commands.addCommand(OPEN, {
      label: "Training Panel",
      icon: trainingIcon,
      execute: open,
      describedBy: { args: { type: "object", properties: {} } },
    });
    palette?.addItem({ command: OPEN, category: "View" });
    menu?.viewMenu.addGroup([{ command: OPEN }], 20);
    const item = new TrainingStatus(jobs, open);
    // a notebook page has no status bar: beside the menus is where it shows its kernel
    if (statusBar === null) shell.add(item, "menu", { rank: 10_000 });
    statusBar?.registerStatusItem("gradlab-app:training", {
      item,
      align: "left",
      rank: 100,
      isActive: () => item.isActive,
    });
  },
};
