import { GradlabError } from "./errors.js";

export type JobStatus = "running" | "done" | "failed" | "cancelled";

/** What a job's body receives: a way to report and a signal to obey. */
export interface JobContext<E extends { type: string }> {
  readonly emit: (event: E) => void;
  readonly signal: AbortSignal;
  /** Throws E_CANCELLED once the job was cancelled; call it between units of work. */
  readonly checkpoint: () => void;
}

/**
 * A running piece of work: await it for the result, iterate it for its events, cancel it at any time.
 *
 * The body starts on the next microtask, so listeners attached at once miss nothing. Iterating later
 * replays the events from the first one.
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

  constructor(
    body: (context: JobContext<E>) => Promise<T>,
    options: { id?: string; signal?: AbortSignal } = {},
  ) {
    this.id = options.id ?? `job-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
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
    if (this.#status === "running") this.#controller.abort(reason);
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
      if (this.#status !== "running") break;
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
      const value = await body({ emit: (event) => this.#emit(event), signal, checkpoint });
      this.#settle("done");
      return value;
    } catch (error) {
      this.#settle(signal.aborted ? "cancelled" : "failed");
      throw error;
    }
  }

  #emit(event: E): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
    this.#wake();
  }

  #settle(status: JobStatus): void {
    this.#status = status;
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
