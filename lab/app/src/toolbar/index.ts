// JupyterLab's toolbars → their arrow keys are set up once a frame.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";

/** What the toolkit's toolbar has for it. */
interface ToolbarElement extends HTMLElement {
  childItemsChanged(before: unknown, now: unknown): void;
}

/**
 * A toolbar looks through all its elements for those that take the focus, which lays the page out, whenever anything within it
 * changes: also when the kernel's circle is filled and emptied again, before and after every cell. Here it looks once before the
 * next frame is drawn.
 */
export const toolbar: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:toolbar",
  description: "Toolbars that do not lay the page out at every change of the kernel's state.",
  autoStart: true,
  activate: () => {
    void customElements.whenDefined("jp-toolbar").then((element) => {
      lookOncePerFrame(element.prototype as ToolbarElement);
    });
  },
};

function lookOncePerFrame(prototype: ToolbarElement): void {
  const { childItemsChanged: look } = prototype;
  const waiting = new WeakSet<ToolbarElement>();
  prototype.childItemsChanged = function (before, now): void {
    if (waiting.has(this)) return;
    waiting.add(this);
    requestAnimationFrame(() => {
      waiting.delete(this);
      look.call(this, before, now);
    });
  };
}
