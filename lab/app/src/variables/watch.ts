import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel, KernelMessage } from "@jupyterlab/services";

/** ms without a running cell after which the variables are asked for. */
const REST = 150;

/**
 * Calls back when the variables of the notebook in front may have changed and no cell runs: so that a cell is never slowed
 * down by the question, and cells that run one after another cause one.
 */
export class Watch {
  readonly #tracker: INotebookTracker;
  readonly #changed: () => void;
  #panel: NotebookPanel | null = null;
  #kernel: Kernel.IKernelConnection | null = null;
  #timer: number | undefined;
  #running = false;

  constructor(tracker: INotebookTracker, changed: () => void) {
    this.#tracker = tracker;
    this.#changed = changed;
    tracker.currentChanged.connect(this.#onNotebook, this);
    this.#onNotebook();
  }

  get kernel(): Kernel.IKernelConnection | null {
    return this.#kernel;
  }

  /** A cell runs. */
  get isRunning(): boolean {
    return this.#running;
  }

  #onNotebook(): void {
    this.#panel?.sessionContext.kernelChanged.disconnect(this.#onKernel, this);
    this.#panel = this.#tracker.currentWidget;
    this.#panel?.sessionContext.kernelChanged.connect(this.#onKernel, this);
    this.#onKernel();
  }

  #onKernel(): void {
    this.#kernel?.iopubMessage.disconnect(this.#onMessage, this);
    this.#kernel?.statusChanged.disconnect(this.#onStatus, this);
    const kernel = this.#panel?.sessionContext.session?.kernel ?? null;
    this.#kernel = kernel;
    // not known of cells that another page runs until they say something
    this.#running = kernel?.status === "busy";
    kernel?.iopubMessage.connect(this.#onMessage, this);
    kernel?.statusChanged.connect(this.#onStatus, this);
    this.#soon();
  }

  #onMessage(_kernel: unknown, { header, parent_header, content }: KernelMessage.IIOPubMessage): void {
    if (header.msg_type !== "status" || !("msg_type" in parent_header)) return;
    // the question itself makes the kernel busy as well
    if (parent_header.msg_type !== "execute_request") return;
    this.#running = (content as { execution_state?: string }).execution_state === "busy";
    window.clearTimeout(this.#timer);
    if (!this.#running) this.#soon();
  }

  #onStatus(_kernel: unknown, status: Kernel.Status): void {
    if (status === "restarting" || status === "autorestarting" || status === "dead") this.#running = false;
    else if (status !== "idle" || !this.#running) return;
    this.#running = false;
    this.#soon();
  }

  #soon(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => !this.#running && this.#changed(), REST);
  }
}
