// the workspace's saved state → the page, which goes on as soon as it is there.
import { IRouter, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IStateDB } from "@jupyterlab/statedb";

/** JupyterLab's command, which is not over before the state that it has just read is written back. */
const LOAD = "apputils:load-statedb";
/** Before JupyterLab's own rule for it, whose rank is 30; that finds the state loaded and returns. */
const RANK = 25;

/**
 * Loads the state without waiting for that first save: it is put off by half a second again and again as long as the state
 * changes, and until the page's address has been dealt with no file is opened.
 */
export const loadState: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:load-state",
  description: "Opens the page's notebook without waiting until the workspace is saved.",
  autoStart: true,
  requires: [IRouter, IStateDB],
  activate: ({ commands }, router: IRouter, state: IStateDB) => {
    const command = "gradlab:load-state";
    commands.addCommand(command, {
      label: "Load the state of the workspace.",
      isVisible: () => false,
      execute: async (location) => {
        const query = new URLSearchParams(String(location["search"] ?? ""));
        // those lead to another address when they are done
        if (query.has("clone") || query.has("reset")) return;
        void commands.execute(LOAD, location);
        await state.list("");
      },
      describedBy: { args: { type: "object", properties: { search: { type: "string" } } } },
    });
    router.register({ command, pattern: /.?/, rank: RANK });
  },
};
