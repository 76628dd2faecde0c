import { GradlabError } from "../../errors.js";
import { planOf } from "./fingerprint.js";
import type { Cursor, CursorState, Item, Stage } from "./stage.js";

/** Where an iteration stands: plain JSON, to be kept with a checkpoint. */
export interface DatasetState {
  readonly version: 1;
  /** The operators it belongs to; `resume` refuses others. */
  readonly plan: string;
  /** Rows already given. */
  readonly rows: number;
  readonly at: CursorState;
}

/**
 * One walk over a data set.
 *
 * @example
 * const data = Dataset.from([{ x: 1 }, { x: 2 }, { x: 3 }]).shuffle({ buffer: 3, seed: 1 });
 * const rows = data[Symbol.asyncIterator]();
 * await rows.next();
 * const resumed = data.resume(rows.state());
 * (await resumed.next()).value?.x === (await rows.next()).value?.x; // true
 */
export class DatasetIterator<T> implements AsyncIterableIterator<T> {
  readonly #cursor: Cursor<T>;
  readonly #plan: string;
  #rows: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #ended = false;

  constructor(stage: Stage<T>, state?: DatasetState) {
    this.#plan = planOf(stage);
    if (state) checkState(state, this.#plan);
    this.#cursor = stage.open(state?.at);
    this.#rows = state?.rows ?? 0;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const item = await this.nextItem();
    return item === undefined ? { done: true, value: undefined } : { done: false, value: item.value };
  }

  /** The next row with its place; rows asked for at once come one after the other. */
  async nextItem(): Promise<Item<T> | undefined> {
    const before = this.#waiting++ > 0 ? this.#last : undefined;
    const pulled = before ? before.then(() => this.#pull()) : this.#pull();
    this.#last = pulled.catch(() => undefined);
    try {
      return await pulled;
    } finally {
      this.#waiting--;
    }
  }

  /** Stops early and closes files; `for await` does so when it is left. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#ended = true;
    await this.#cursor.close();
    return { done: true, value: undefined };
  }

  /**
   * The place before the next row; `Dataset.resume` goes on there with exactly the rows that would have come.
   *
   * @throws E_CONFIG while a row is on its way
   */
  state(): DatasetState {
    if (this.#waiting > 0)
      throw new GradlabError("E_CONFIG", "A row is on its way, so the state is between two rows.", {
        hint: "Await next() before state().",
      });
    return { version: 1, plan: this.#plan, rows: this.#rows, at: this.#cursor.state() };
  }

  async #pull(): Promise<Item<T> | undefined> {
    if (this.#ended) return undefined;
    try {
      const item = await this.#cursor.next();
      if (item !== undefined) {
        this.#rows++;
        return item;
      }
    } catch (error) {
      this.#ended = true;
      await this.#cursor.close();
      throw error;
    }
    this.#ended = true;
    await this.#cursor.close();
    return undefined;
  }
}

function checkState(state: DatasetState, plan: string): void {
  if (state.version === 1 && state.plan === plan) return;
  throw new GradlabError("E_CHECKPOINT_MISMATCH", "The state belongs to a data set with other operators.", {
    hint: "Resume with the operators, functions and seeds that the state was taken from.",
  });
}
