// runs that the server kept while no page was there → outputs of the notebook that is opened again.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { adoptRuns } from "./adopt-runs.js";

/** A cell that runs on after its page was closed goes on in the page that opens its notebook. */
export const runs: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:runs",
  description: "Goes on showing cells that run since an earlier visit.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker) => {
    const { serverSettings } = app.serviceManager;
    tracker.widgetAdded.connect(
      (_tracker, panel) => void watch(panel, () => adoptRuns(panel, serverSettings)),
    );
  },
};

/** Once when notebook and kernel are there, and again for each other kernel. */
async function watch(panel: NotebookPanel, adopt: () => Promise<void>): Promise<void> {
  const { context, sessionContext } = panel;
  const quietly = (): void => void adopt().catch((error: unknown) => console.warn("gradlab runs:", error));
  await context.ready;
  sessionContext.connectionStatusChanged.connect((_context, status) => {
    if (status === "connected") quietly();
  });
  await sessionContext.ready;
  if (sessionContext.session?.kernel?.connectionStatus === "connected") quietly();
}
