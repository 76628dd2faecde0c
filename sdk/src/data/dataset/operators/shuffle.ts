import { draw } from "../draw.js";
import type { Cursor, CursorState, Item, Stage } from "../stage.js";

interface ShuffleState {
  /** The input before its row number `from`: the newest kept place that no held row lies before. */
  readonly input: CursorState;
  readonly from: number;
  /** Rows of the input read so far. */
  readonly read: number;
  /** Which rows of the input are held, in their places. */
  readonly held: readonly number[];
  readonly drawn: number;
}

interface Held<T> {
  readonly index: number;
  readonly item: Item<T>;
}

/**
 * Holds up to `buffer` rows and gives one of them, drawn at random, for each that comes in. A state names the held
 * rows by number instead of holding them: they are read again from the last kept place before the oldest.
 */
export function shuffle<T>(input: Stage<T>, buffer: number, seed: number): Stage<T> {
  return {
    operator: "shuffle",
    settings: [buffer, seed],
    inputs: [input],
    open: (at) => new ShuffleCursor(input, buffer, seed, at as ShuffleState | undefined),
  };
}

class ShuffleCursor<T> implements Cursor<T> {
  readonly #cursor: Cursor<T>;
  readonly #buffer: number;
  readonly #seed: number;
  #held: Held<T>[] = [];
  #places: { readonly index: number; readonly input: CursorState }[];
  #read: number;
  #drawn: number;
  #ended = false;
  /** Held rows that are still to be read again. */
  #wanted: readonly number[] | undefined;

  constructor(input: Stage<T>, buffer: number, seed: number, at: ShuffleState | undefined) {
    this.#cursor = input.open(at?.input);
    this.#buffer = buffer;
    this.#seed = seed;
    this.#read = at?.from ?? 0;
    this.#drawn = at?.drawn ?? 0;
    this.#wanted = at?.held;
    this.#resumeAt = at?.read ?? 0;
    this.#places = [{ index: this.#read, input: at?.input ?? this.#cursor.state() }];
  }

  readonly #resumeAt: number;

  async next(): Promise<Item<T> | undefined> {
    if (this.#wanted) await this.#readAgain(this.#wanted);
    while (!this.#ended && this.#held.length < this.#buffer) await this.#pull();
    if (this.#held.length === 0) return undefined;
    const chosen = Math.floor(draw("shuffle", this.#seed, this.#drawn++) * this.#held.length);
    const { item } = this.#held[chosen];
    const last = this.#held.pop()!;
    if (chosen < this.#held.length) this.#held[chosen] = last;
    return item;
  }

  state(): CursorState {
    const held = this.#wanted ?? this.#held.map(({ index }) => index);
    const read = this.#wanted ? this.#resumeAt : this.#read;
    const { index: from, input } = this.#placeBefore(held, read);
    return { input, from, read, held, drawn: this.#drawn } satisfies ShuffleState;
  }

  close(): Promise<void> {
    return this.#cursor.close();
  }

  async #pull(): Promise<void> {
    if (this.#read > 0 && this.#read % this.#buffer === 0) this.#keepPlace();
    const item = await this.#cursor.next();
    if (item === undefined) this.#ended = true;
    else this.#held.push({ index: this.#read++, item });
  }

  /** Every `buffer` rows: often enough that little is read again, seldom enough to cost nothing. */
  #keepPlace(): void {
    if (this.#places[this.#places.length - 1].index === this.#read) return;
    this.#places.push({ index: this.#read, input: this.#cursor.state() });
    const before = this.#placeBefore(
      this.#held.map(({ index }) => index),
      this.#read,
    );
    this.#places = this.#places.filter(({ index }) => index >= before.index);
  }

  #placeBefore(
    held: readonly number[],
    read: number,
  ): { readonly index: number; readonly input: CursorState } {
    const oldest = held.reduce((least, index) => Math.min(least, index), read);
    return this.#places.findLast(({ index }) => index <= oldest)!;
  }

  async #readAgain(wanted: readonly number[]): Promise<void> {
    const places = new Map(wanted.map((index, place) => [index, place]));
    const held = new Array<Held<T>>(wanted.length);
    while (this.#read < this.#resumeAt) {
      if (this.#read % this.#buffer === 0)
        this.#places.push({ index: this.#read, input: this.#cursor.state() });
      const item = await this.#cursor.next();
      if (item === undefined) break;
      const place = places.get(this.#read);
      if (place !== undefined) held[place] = { index: this.#read, item };
      this.#read++;
    }
    this.#held = held;
    this.#wanted = undefined;
  }
}
