// a kernel's states → those that last, for all that shows them.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { SessionContext } from "@jupyterlab/apputils";
import type { Kernel, Session } from "@jupyterlab/services";
import { indicateWhatLasts } from "./lasting-indicator.js";

/** ms of work before the page says so: what ends sooner would only flicker. */
const LASTS = 100;
/** ms of rest after which what was drawn meanwhile is put right. */
const RESTS = 300;

/** What JupyterLab keeps to itself of what is changed here. */
type Tell = (this: SessionContext, session: Session.ISessionConnection, status: Kernel.Status) => void;

/**
 * The toolbar's circle, the status bar and the rest redraw when a kernel turns busy and again when it is idle: two frames, laid out
 * and painted while the short cell that caused them runs, which take longer than the cell. Here they hear of work that lasts.
 * What the kernel's status is, whoever asks is told at once.
 */
export const lastingStatus: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:lasting-status",
  description: "The kernel's state in the page, for cells that take a while.",
  autoStart: true,
  activate: () => {
    const context = SessionContext.prototype as unknown as { _onStatusChanged: Tell };
    context._onStatusChanged = tellWhatLasts(context._onStatusChanged);
    indicateWhatLasts(LASTS);
  },
};

/** An idle kernel that turns busy is told of when it still is after a while; one that is idle again, at the next rest. */
function tellWhatLasts(tell: Tell): Tell {
  const told = new WeakMap<SessionContext, Kernel.Status>();
  const waiting = new WeakMap<SessionContext, number>();
  return function (session, status) {
    const tellNow = (): void => {
      told.set(this, status);
      if (!this.isDisposed) tell.call(this, session, status);
    };
    window.clearTimeout(waiting.get(this));
    // told idle although it was so all along: what was drawn in between has seen it busy
    const wait = status === "busy" ? LASTS : RESTS;
    if (told.get(this) === "idle" && (status === "busy" || status === "idle"))
      waiting.set(this, window.setTimeout(tellNow, wait));
    else tellNow();
  };
}
