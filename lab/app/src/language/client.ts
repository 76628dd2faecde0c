import type { Kernel, KernelMessage } from "@jupyterlab/services";
import { type ISignal, Signal } from "@lumino/signaling";
import type { Answers, Hello } from "./protocol.js";

const TARGET = "gradlab.language";
const PATIENCE_MS = 12_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: number;
}

/** Why a request has no result: the kernel's code, or `closed`, `timeout`. */
export class LanguageError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The editor's end of one kernel's language comm. It opens itself, also again after a restart. */
export class LanguageClient {
  readonly kernel: Kernel.IKernelConnection;
  readonly #changed = new Signal<this, void>(this);
  readonly #waiting = new Map<number, Waiting>();
  #comm: Kernel.IComm | undefined;
  #hello: Promise<Hello> | undefined;
  /** What the kernel said at opening, once it did. */
  hello: Hello | undefined;
  #refused = false;
  #next = 1;

  constructor(kernel: Kernel.IKernelConnection) {
    this.kernel = kernel;
    kernel.statusChanged.connect(this.#onStatus, this);
  }

  /** Diagnostics may have changed: a cell ran, or the kernel is a new one. */
  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** Resolves when the kernel answers; rejects where it has no language help. */
  async open(): Promise<Hello> {
    if (this.#refused) throw new LanguageError("closed", "This kernel has no language help.");
    return await (this.#hello ??= this.#open());
  }

  async request<M extends keyof Answers>(method: M, params: object): Promise<Answers[M]> {
    await this.open();
    const id = this.#next++;
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = window.setTimeout(
        () => this.#fail(id, "timeout", "The kernel did not answer."),
        PATIENCE_MS,
      );
      this.#waiting.set(id, { resolve, reject, timer });
    });
    this.#comm?.send({ id, method, params: params as never });
    return (await answer) as Answers[M];
  }

  dispose(): void {
    this.kernel.statusChanged.disconnect(this.#onStatus, this);
    this.#comm?.dispose();
    this.#drop();
    Signal.clearData(this);
  }

  #open(): Promise<Hello> {
    return new Promise<Hello>((resolve, reject) => {
      const refuse = (): void => {
        this.#refused = true;
        reject(new LanguageError("closed", "This kernel has no language help."));
      };
      const comm = this.kernel.createComm(TARGET);
      this.#comm = comm;
      comm.onClose = () => {
        if (this.hello === undefined) refuse();
        this.#drop();
      };
      comm.onMsg = (message) => this.#receive(message, resolve);
      comm.open({ version: 1 });
    });
  }

  #receive({ content }: KernelMessage.ICommMsgMsg, welcome: (hello: Hello) => void): void {
    const { id, method, params, result, error } = content.data as {
      id?: number;
      method?: string;
      params?: unknown;
      result?: unknown;
      error?: { code: string; message: string };
    };
    if (method === "hello") {
      this.hello = params as Hello;
      welcome(this.hello);
    }
    if (method === "hello" || method === "refresh") this.#changed.emit();
    if (id === undefined) return;
    if (error !== undefined) this.#fail(id, error.code, error.message);
    else this.#settle(id)?.resolve(result);
  }

  #fail(id: number, code: string, message: string): void {
    this.#settle(id)?.reject(new LanguageError(code, message));
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    window.clearTimeout(waiting?.timer);
    return waiting;
  }

  #drop(): void {
    for (const id of [...this.#waiting.keys()]) this.#fail(id, "closed", "The kernel was restarted.");
    this.#comm = undefined;
    this.#hello = undefined;
    this.hello = undefined;
  }

  /** A new process knows nothing of the comm. */
  #onStatus(_: unknown, status: Kernel.Status): void {
    if (status === "restarting" || status === "autorestarting" || status === "dead") {
      this.#drop();
      this.#refused = false;
    } else if (status === "idle" && this.#hello === undefined && !this.#refused) {
      this.open().catch(() => undefined);
    }
  }
}
