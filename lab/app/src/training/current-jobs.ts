import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import { type ISignal, Signal } from "@lumino/signaling";
import { JobsClient } from "./client.js";
import type { Job, JobRequest } from "./protocol.js";

/** The jobs of the kernel of the notebook in front. */
export class CurrentJobs {
  readonly #tracker: INotebookTracker;
  readonly #clients = new Map<string, JobsClient>();
  readonly #changed = new Signal<this, void>(this);

  constructor(tracker: INotebookTracker) {
    this.#tracker = tracker;
    tracker.forEach((panel) => this.#watch(panel));
    tracker.widgetAdded.connect((_, panel) => this.#watch(panel));
    tracker.currentChanged.connect(() => this.#changed.emit());
  }

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  get jobs(): readonly Job[] {
    return this.#client?.jobs ?? [];
  }

  ask(method: JobRequest, job: Job): void {
    this.#client?.ask(method, job);
  }

  get #client(): JobsClient | undefined {
    const id = this.#tracker.currentWidget?.sessionContext.session?.kernel?.id;
    return id === undefined ? undefined : this.#clients.get(id);
  }

  #watch(panel: NotebookPanel): void {
    const { sessionContext } = panel;
    this.#follow(sessionContext.session?.kernel ?? null);
    sessionContext.kernelChanged.connect((_, { newValue }) => this.#follow(newValue));
  }

  /** Of several connections to a kernel, as of two notebooks with one, only the first takes comms. */
  #follow(kernel: Kernel.IKernelConnection | null): void {
    if (kernel !== null && kernel.handleComms && !this.#clients.has(kernel.id)) {
      const client = new JobsClient(kernel);
      this.#clients.set(kernel.id, client);
      client.changed.connect(() => this.#changed.emit());
      kernel.disposed.connect(() => {
        client.dispose();
        this.#clients.delete(kernel.id);
        this.#changed.emit();
      });
    }
    this.#changed.emit();
  }
}
