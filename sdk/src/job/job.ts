import { GradlabError } from "../errors.js";
import { announce, failureOf, type JobAudience } from "./announce.js";
import { progressOf } from "./progress.js";

/** "pausing": asked to pause, and on its way to the next pause point. */
export type JobStatus = "running" | "pausing" | "paused" | "done" | "failed" | "cancelled";

/** How long a body that awaits pause points may keep timers and messages waiting, ms. */
const BREATH_MS = 25;

/** What a job's body receives: a way to report and a signal to obey. */
export interface JobContext<E extends { type: string }> {
  readonly emit: (event: E) => void;
  readonly signal: AbortSignal;
  /** Throws E_CANCELLED once the job was cancelled; call it between units of work. */
  readonly checkpoint: () => void;
  /**
   * The same, and the place where a job pauses: resolves at once, or when it is resumed. Await it between units of
   * work; a job whose body does not cannot be paused.
   */
  readonly pausePoint: () => Promise<void>;
}

export interface JobOptions {
  readonly id?: string;
  /** Aborting it cancels the job. */
  readonly signal?: AbortSignal;
  /** What kind of work it is, for who shows it. Default "job". */
  readonly kind?: string;
  /** What it works on, such as a model's id. Default "". */
  readonly name?: string;
}

/**
 * A running piece of work: await it for the result, iterate it for its events, pause or cancel it at any time.
 *
 * The body starts on the next microtask, so listeners attached at once miss nothing. Iterating later
 * replays the events from the first one. In a notebook the front end is told of it (docs/lab-jobs.md).
 *
 * @throws E_CANCELLED from `await` after `cancel()`
 * @example
 * const job = new Job<number, { type: "tick"; n: number }>(async ({ emit }) => { emit({ type: "tick", n: 1 }); return 42; });
 * for await (const e of job) e.n; // 1
 * await job; // 42
 */
export class Job<T, E extends { type: string }> implements PromiseLike<T>, AsyncIterable<E> {
  readonly id: string;
  #status: JobStatus = "running";
  readonly #controller = new AbortController();
  readonly #events: E[] = [];
  readonly #listeners = new Set<(event: E) => void>();
  readonly #waiters = new Set<() => void>();
  readonly #result: Promise<T>;
  readonly #audience: JobAudience | undefined;
  /** Open while the job is asked to pause. */
  #gate: { readonly passed: Promise<void>; readonly open: () => void } | undefined;
  #pausable = false;
  #breath = performance.now();

  constructor(body: (context: JobContext<E>) => Promise<T>, options: JobOptions = {}) {
    this.id = options.id ?? `job-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    const { kind = "job", name = "" } = options;
    this.#audience = announce({
      id: this.id,
      kind,
      name,
      pause: () => this.pause(),
      resume: () => this.resume(),
      cancel: (reason) => this.cancel(reason),
    });
    for (const signal of [options.signal, cellSignal()]) this.#follow(signal);
    const origin = new Error("The job was made here.");
    this.#result = Promise.resolve()
      .then(() => this.#run(body))
      .catch((error: unknown) => {
        throw remember(error, origin);
      });
    // A job that is only iterated must not count as an unhandled rejection.
    this.#result.catch(() => undefined);
  }

  get status(): JobStatus {
    return this.#status;
  }

  /** Whether the body has pause points, as far as it has come: `pause` works from its first one on. */
  get canPause(): boolean {
    return this.#pausable && !this.#ended;
  }

  get #ended(): boolean {
    return ["done", "failed", "cancelled"].includes(this.#status);
  }

  /** Calls `listener` for every event of the given type, past ones included. */
  on<K extends E["type"]>(type: K, listener: (event: Extract<E, { type: K }>) => void): this {
    const accept = (event: E): void => {
      if (event.type === type) listener(event as Extract<E, { type: K }>);
    };
    this.#events.forEach(accept);
    this.#listeners.add(accept);
    return this;
  }

  /** Asks the body to stop at its next checkpoint; what was written before stays valid. */
  cancel(reason = "cancelled by the caller"): void {
    if (this.#ended) return;
    this.#controller.abort(reason);
    this.#letGo();
  }

  /**
   * Asks the body to wait at its next pause point; the work of the step it is in is done first. Nothing for a job
   * that has ended. What it holds in memory stays there, and what waits for its result waits on.
   */
  pause(): void {
    if (this.#ended || this.#gate || this.#controller.signal.aborted) return;
    let open = (): void => {};
    const passed = new Promise<void>((resolve) => (open = resolve));
    this.#gate = { passed, open };
    this.#turn("pausing");
  }

  /** Lets a paused job go on. Nothing for one that is not paused. */
  resume(): void {
    if (!this.#ended) this.#letGo();
  }

  result(): Promise<T> {
    return this.#result;
  }

  then<R1 = T, R2 = never>(
    onDone?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onFail?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this.#result.then(onDone, onFail);
  }

  /** Yields every event; ends when the job ends and throws what the job threw. */
  async *[Symbol.asyncIterator](): AsyncIterator<E> {
    for (let next = 0; ;) {
      while (next < this.#events.length) yield this.#events[next++];
      if (this.#ended) break;
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
    await this.#result;
  }

  #follow(signal: AbortSignal | undefined): void {
    const stop = (): void => this.cancel(String(signal?.reason ?? "aborted"));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  }

  async #run(body: (context: JobContext<E>) => Promise<T>): Promise<T> {
    const signal = this.#controller.signal;
    const checkpoint = (): void => {
      if (signal.aborted)
        throw new GradlabError("E_CANCELLED", `The job was stopped: ${String(signal.reason)}.`);
    };
    try {
      checkpoint();
      const pausePoint = (): Promise<void> => this.#pausePoint(checkpoint);
      const value = await body({ emit: (event) => this.#emit(event), signal, checkpoint, pausePoint });
      this.#turn("done");
      return value;
    } catch (error) {
      this.#turn(signal.aborted ? "cancelled" : "failed", error);
      throw error;
    }
  }

  async #pausePoint(checkpoint: () => void): Promise<void> {
    checkpoint();
    if (!this.#pausable) {
      this.#pausable = true;
      this.#turn(this.#status);
    }
    // Steps that only await one another would keep out the very message that asks to pause.
    if (performance.now() - this.#breath > BREATH_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#breath = performance.now();
    }
    while (this.#gate) {
      this.#turn("paused");
      await this.#gate.passed;
    }
    checkpoint();
  }

  #letGo(): void {
    if (!this.#gate) return;
    this.#gate.open();
    this.#gate = undefined;
    this.#turn("running");
  }

  #emit(event: E): void {
    this.#events.push(event);
    if (this.#audience) {
      const progress = progressOf(event);
      if (progress) this.#audience.progress(progress);
    }
    for (const listener of this.#listeners) listener(event);
    this.#wake();
  }

  #turn(status: JobStatus, error?: unknown): void {
    this.#status = status;
    this.#audience?.status(status, this.#pausable, error === undefined ? undefined : failureOf(error));
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}

/** In a notebook: the signal of the running cell, so that its stop button stops the job. */
function cellSignal(): AbortSignal | undefined {
  const host = (globalThis as { [key: symbol]: unknown })[Symbol.for("gradlab.display")];
  const signal = typeof host === "object" && host !== null && "signal" in host ? host.signal : undefined;
  return signal instanceof AbortSignal ? signal : undefined;
}

/** Lets a notebook show the line that made the job: by the time it fails, that line is off the stack. */
function remember(error: unknown, origin: Error): unknown {
  const key = Symbol.for("gradlab.origin");
  if (error instanceof Error && Object.isExtensible(error) && !(key in error)) {
    Object.defineProperty(error, key, { value: origin });
  }
  return error;
}
