// application's busy signal → the page's icon, for work that lasts.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILabStatus } from "@jupyterlab/application";

export { lastingStatus } from "./lasting-status.js";

/** ms of work before the icon says so. */
const LASTS = 700;
/** ms of rest after which the work has ended: a kernel says that it is idle after every small request that it answers meanwhile. */
const RESTS = 150;

/**
 * Shows in the browser's tab that a kernel works. JupyterLab's own plugin exchanges the icon at every change of state; a browser
 * takes tens of milliseconds to fetch and draw one, which a short cell would wait for, twice.
 */
export const busyIcon: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:busy-icon",
  description: "The busy icon in the browser's tab, for cells that take a while.",
  autoStart: true,
  requires: [ILabStatus],
  activate: (_app, status: ILabStatus) => {
    let [working, resting] = [0, 0];
    status.busySignal.connect((_status, isBusy) => {
      window.clearTimeout(resting);
      if (isBusy) working ||= window.setTimeout(() => show("busy"), LASTS);
      else {
        resting = window.setTimeout(() => {
          window.clearTimeout(working);
          working = 0;
          show("idle");
        }, RESTS);
      }
    });
  },
};

/** Puts one of the page's two icons into effect; a browser takes notice when the element is new to the document. */
function show(state: "busy" | "idle"): void {
  const icon = document.querySelector<HTMLLinkElement>(`link.${state}.favicon`);
  if (!icon || icon.rel === "icon") return;
  for (const other of document.querySelectorAll<HTMLLinkElement>("link.favicon")) other.rel = "";
  icon.rel = "icon";
  icon.replaceWith(icon.cloneNode());
}
