import type { INotebookTracker } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import { Widget } from "@lumino/widgets";
import { element } from "../panel/index.js";
import { askUsage } from "./ask-usage.js";
import { longText, shortText } from "./describe.js";

const EVERY_MS = 5000;

/** In the status bar, or beside the menus of a notebook page: where the notebook's kernel computes and what memory it has. */
export class UsageItem extends Widget {
  readonly #tracker: INotebookTracker;
  readonly #text = element("span", "jp-StatusBar-TextItem");
  #kernel: Kernel.IKernelConnection | undefined;
  #asked = -Infinity;
  #waiting = false;

  constructor(tracker: INotebookTracker) {
    super();
    this.id = "gradlab-usage";
    this.#tracker = tracker;
    this.addClass("gradlab-Usage");
    this.node.append(this.#text);
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", "Kernel device and memory");
    tracker.currentChanged.connect(() => void this.#follow());
    tracker.widgetAdded.connect((_, { sessionContext }) => {
      sessionContext.kernelChanged.connect(() => void this.#follow());
      sessionContext.statusChanged.connect(() => void this.#ask());
    });
    document.addEventListener("visibilitychange", () => void this.#ask());
    window.setInterval(() => void this.#ask(), EVERY_MS / 5);
    void this.#follow();
  }

  /** Whether there is anything to show. */
  get isActive(): boolean {
    return this.#text.textContent !== "";
  }

  /** Takes the kernel of the notebook in front; only gradlab's is asked. */
  async #follow(): Promise<void> {
    const kernel = this.#tracker.currentWidget?.sessionContext.session?.kernel ?? undefined;
    if (kernel === this.#kernel) return;
    this.#kernel = undefined;
    this.#text.textContent = "";
    this.hide();
    if (kernel === undefined) return;
    const info = await kernel.info.catch(() => undefined);
    if (info?.implementation !== "gradlab-kernel" || kernel.isDisposed) return;
    if (kernel !== this.#tracker.currentWidget?.sessionContext.session?.kernel) return;
    this.#kernel = kernel;
    this.#asked = -Infinity;
    await this.#ask();
  }

  /** Unless it was asked just now, is still to answer, or nobody looks. */
  async #ask(): Promise<void> {
    const kernel = this.#kernel;
    const early = performance.now() - this.#asked < EVERY_MS;
    if (kernel === undefined || early || this.#waiting || document.hidden || !this.#isReachable(kernel))
      return;
    this.#waiting = true;
    this.#asked = performance.now();
    const usage = await askUsage(kernel).finally(() => (this.#waiting = false));
    if (usage === undefined || kernel !== this.#kernel) return;
    this.#text.textContent = shortText(usage);
    this.node.title = longText(
      usage,
      this.#tracker.currentWidget?.sessionContext.kernelDisplayName ?? "Kernel",
    );
    this.show();
  }

  /** A hidden status bar, or a kernel that is not there, is no reason to ask. */
  #isReachable(kernel: Kernel.IKernelConnection): boolean {
    const shown = this.parent?.parent?.isVisible ?? false;
    return shown && kernel.connectionStatus === "connected" && kernel.status !== "dead";
  }
}
