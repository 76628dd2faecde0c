/** One run of one cell. */
export interface Run {
  readonly run: number;
  readonly messageId: string;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly controller: AbortController;
  finished: boolean;
}

let latest: Run | undefined;

export function setLatest(run: Run): void {
  latest = run;
  inside = undefined; // left over by a handler that was terminated
}

/**
 * The run that output belongs to: the latest. AsyncLocalStorage could tell apart what earlier cells left
 * running, but its promise hooks make every await several times slower and interrupts less certain.
 */
export function currentRun(): Run | undefined {
  return latest;
}

/** The handlers of one comm message at work. */
export interface Handling {
  readonly run: number;
  readonly messageId: string;
  /** Whose output theirs is: by default that of the cell which opened or last showed the comm. */
  output: number;
}

/** Handlers that have not returned yet, the latest last. */
const handlings: Handling[] = [];
/** The one whose code runs right now, up to its first await. */
let inside: Handling | undefined;

/** The handling that output belongs to, unless a cell is at work: then it may be the cell's own. */
export function currentHandling(): Handling | undefined {
  return inside ?? (latest === undefined || latest.finished ? handlings.at(-1) : undefined);
}

/** Runs the code of a handling; after its first await, output is the running cell's if there is one. */
export async function handling(one: Handling, work: () => unknown): Promise<void> {
  handlings.push(one);
  try {
    await within(one, work);
  } finally {
    const at = handlings.indexOf(one);
    if (at >= 0) handlings.splice(at, 1);
  }
}

/** The synchronous part of `work` as that of a handling. */
export function within<T>(one: Handling | undefined, work: () => T): T {
  const outer = inside;
  inside = one;
  try {
    return work();
  } finally {
    inside = outer;
  }
}

/** Gives up waiting for handlers: they were interrupted. Returns the numbers of their messages. */
export function abandonHandlings(): number[] {
  inside = undefined; // a termination skips `finally`
  return handlings.splice(0).map((one) => one.run);
}

/** The number that reports carry; 0 before the first cell. */
export function runNumber(): number {
  return currentHandling()?.output ?? latest?.run ?? 0;
}

/** The request that comm messages answer: a comm message of the front end, or the cell. */
export function requestNumber(): number {
  return currentHandling()?.run ?? latest?.run ?? 0;
}

/** Thrown into the code of an interrupted cell. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("The cell was interrupted; variables keep their values.");
  }
}

/** How many interrupts there were; cells read it before an await and hand it to `settle` after. */
export const interrupts = { count: 0 };

/**
 * Passes an awaited value on, unless there was an interrupt meanwhile: so loops over awaits stop.
 * The kernel puts it around every `await` of a cell.
 */
export function settle<T>(before: number, value?: T): T | undefined {
  if (before !== interrupts.count) throw new Interrupted();
  return value;
}

/** The same values, each step of it given up when there was an interrupt meanwhile (for `for await`). */
export function watch<T>(values: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): AsyncIterable<T> {
  const before = interrupts.count;
  return {
    [Symbol.asyncIterator]: () => {
      const asynchronous = Symbol.asyncIterator in values;
      const inner = asynchronous ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
      return {
        async next() {
          const step = await inner.next();
          settle(before);
          return (
            asynchronous || step.done === true ? step : { done: false, value: await step.value }
          ) as IteratorResult<T>;
        },
        async return(value?: unknown) {
          await inner.return?.();
          return { done: true, value } as IteratorResult<T>;
        },
      };
    },
  };
}
