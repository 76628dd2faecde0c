import { AsyncLocalStorage } from "node:async_hooks";

/** One run of one cell. */
export interface Run {
  readonly run: number;
  readonly messageId: string;
  /** As errors name it: "cell 3". */
  readonly name: string;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly controller: AbortController;
  finished: boolean;
}

/** The handlers of one comm message at work. */
export interface Handling {
  readonly run: number;
  readonly messageId: string;
  /** Whose output theirs is: by default that of the cell which opened or last showed the comm. */
  output: number;
}

/** What code may belong to. */
export type Scope = Run | Handling;

/** What the executing code belongs to, through everything that it leaves to run later. */
const scopes = new AsyncLocalStorage<Scope>();
let latest: Run | undefined;

export function setLatest(run: Run): void {
  latest = run;
}

/** Runs `body`, and everything that it leaves to run later, as part of a cell's run or of a comm's handlers. */
export function within<T>(scope: Scope, body: () => T): T {
  return scopes.run(scope, body);
}

/** What the executing code belongs to; undefined for code that no run started. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/**
 * The run that the executing code belongs to: so what a cell left running prints under that cell. Code that
 * no run started, as native libraries' callbacks, counts to the latest.
 */
export function currentRun(): Run | undefined {
  const scope = scopes.getStore();
  return scope === undefined || "output" in scope ? latest : scope;
}

/** Handlers that have not returned yet, the latest last. */
const handlings: Handling[] = [];

/** The handling that the executing code belongs to; where it belongs to nothing, the latest at work if no cell is. */
export function currentHandling(): Handling | undefined {
  const scope = scopes.getStore();
  if (scope !== undefined) return "output" in scope ? scope : undefined;
  return latest === undefined || latest.finished ? handlings.at(-1) : undefined;
}

/** Runs the code of a handling; resolves when it has returned. */
export async function handling(one: Handling, work: () => unknown): Promise<void> {
  handlings.push(one);
  try {
    await within(one, work);
  } finally {
    const at = handlings.indexOf(one);
    if (at >= 0) handlings.splice(at, 1);
  }
}

/** Gives up waiting for handlers: they were interrupted. Returns the numbers of their messages. */
export function abandonHandlings(): number[] {
  return handlings.splice(0).map((one) => one.run);
}

/** The number that reports carry; 0 before the first cell. */
export function runNumber(): number {
  return currentHandling()?.output ?? currentRun()?.run ?? 0;
}

/** The request that comm messages answer: a comm message of the front end, or the cell. */
export function requestNumber(): number {
  return currentHandling()?.run ?? currentRun()?.run ?? 0;
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
