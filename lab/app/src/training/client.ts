import type { Kernel, KernelMessage } from "@jupyterlab/services";
import { type ISignal, Signal } from "@lumino/signaling";
import {
  hasEnded,
  type Job,
  type JobMessage,
  type JobRequest,
  type JobsMessage,
  type Line,
} from "./protocol.js";

/** Target and id: all pages of a kernel share one comm, and a page that is loaded again takes it over. */
const JOBS = "gradlab.jobs";
const LOST = {
  message: "The kernel's process ended, and the job with it.",
  hint: "Run its cell again; run({ resume: true }) goes on from the last checkpoint.",
};

/** A page's end of one kernel's jobs comm. It opens itself, also again after a restart. */
export class JobsClient {
  readonly kernel: Kernel.IKernelConnection;
  readonly #changed = new Signal<this, void>(this);
  readonly #jobs = new Map<string, Job>();
  #comm: Kernel.IComm | undefined;
  #serial: number | undefined;
  /** The kernel has no such comm. */
  #refused = false;

  constructor(kernel: Kernel.IKernelConnection) {
    this.kernel = kernel;
    kernel.statusChanged.connect(this.#onStatus, this);
    void this.#open();
  }

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** The newest first. */
  get jobs(): readonly Job[] {
    return [...this.#jobs.values()].sort((a, b) => b.started - a.started);
  }

  ask(method: JobRequest, job: Job): void {
    this.#comm?.send({ method, id: job.id });
  }

  dispose(): void {
    this.kernel.statusChanged.disconnect(this.#onStatus, this);
    this.#comm?.dispose();
    Signal.clearData(this);
  }

  async #open(): Promise<void> {
    if (this.#refused || this.#comm !== undefined || this.kernel.isDisposed || !this.kernel.handleComms)
      return;
    // A kernel that ends before it has said what it is needs no answer.
    const info = await this.kernel.info.catch(() => undefined);
    // Other kernels print an error for a comm that they do not know.
    if (info?.implementation !== "gradlab-kernel") return;
    if (this.kernel.isDisposed || this.kernel.hasComm(JOBS)) return;
    const comm = this.kernel.createComm(JOBS, JOBS);
    this.#comm = comm;
    this.#serial = undefined;
    comm.onMsg = (message) => this.#receive(message);
    comm.onClose = () => {
      this.#refused = this.#serial === undefined;
      this.#lose();
      // The comm of this id is forgotten when this handler has returned.
      window.setTimeout(() => void this.#open());
    };
    comm.open({ version: 1 });
  }

  #receive({ content }: KernelMessage.ICommMsgMsg): void {
    const { method, serial, jobs } = content.data as unknown as JobsMessage;
    const missed = this.#serial !== undefined && serial !== this.#serial + 1;
    this.#serial = serial;
    if (method === "state") this.#forgetBut(jobs);
    else if (missed) this.#comm?.send({ method: "state" });
    for (const job of jobs) this.#jobs.set(job.id, this.#merge(job));
    this.#changed.emit();
  }

  #merge(job: JobMessage): Job {
    const before = this.#jobs.get(job.id);
    const join = (known: Job["loss"] = [], { whole, points }: Line): Job["loss"] =>
      whole ? points : [...known, ...points];
    return { ...job, loss: join(before?.loss, job.loss), evalLoss: join(before?.evalLoss, job.evalLoss) };
  }

  /** What the kernel no longer knows: a job that ended is still worth a look, one that did not is lost. */
  #forgetBut(known: readonly JobMessage[]): void {
    const ids = new Set(known.map(({ id }) => id));
    for (const job of this.#jobs.values()) if (!ids.has(job.id)) this.#end(job);
  }

  #end(job: Job): void {
    if (!hasEnded(job)) this.#jobs.set(job.id, { ...job, status: "failed", ended: Date.now(), error: LOST });
  }

  #lose(): void {
    this.#comm = undefined;
    this.#serial = undefined;
    for (const job of this.#jobs.values()) this.#end(job);
    this.#changed.emit();
  }

  /** A new process knows nothing of the comm. */
  #onStatus(_: unknown, status: Kernel.Status): void {
    if (status === "restarting" || status === "autorestarting" || status === "dead") {
      this.#comm?.dispose();
      this.#refused = false;
      this.#lose();
    } else if (status === "idle") void this.#open();
  }
}
