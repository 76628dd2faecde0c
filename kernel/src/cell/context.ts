/** One run of one cell. */
export interface Run {
  readonly run: number;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly controller: AbortController;
  finished: boolean;
}

let latest: Run | undefined;

export function setLatest(run: Run): void {
  latest = run;
}

/**
 * The run that output belongs to: the latest. AsyncLocalStorage could tell apart what earlier cells left
 * running, but its promise hooks make every await several times slower and interrupts less certain.
 */
export function currentRun(): Run | undefined {
  return latest;
}

/** The number that reports carry; 0 before the first cell. */
export function runNumber(): number {
  return latest?.run ?? 0;
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
