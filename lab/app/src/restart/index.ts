// a restart → questions that it leaves without an answer are no errors.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";

/** What @jupyterlab/services says of them, and itself passes over where it awaits a cell. */
const CANCELED = /^Canceled future for \w+ message before replies were done$/;

/**
 * Restarting a kernel cancels what it has been asked and has not answered. JupyterLab asks some of it, such as a kernel's
 * description and the debugger's state, without awaiting how that ends: each would be an uncaught error in the browser's console.
 */
export const restart: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:restart",
  description: "Restarts that leave no errors of canceled requests.",
  autoStart: true,
  activate: () => {
    window.addEventListener("unhandledrejection", (event) => {
      if (event.reason instanceof Error && CANCELED.test(event.reason.message)) event.preventDefault();
    });
  },
};
