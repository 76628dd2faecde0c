import type { ErrorPlace } from "../../errors.js";

/** One row on its way, and where it stands in its source. */
export interface Item<T> {
  readonly value: T;
  readonly where: ErrorPlace;
}

/** Where a cursor stands: plain JSON that only the stage it came from understands. */
export type CursorState = unknown;

/** One walk over the rows of a stage. */
export interface Cursor<T> {
  /** The next row; undefined at the end, and from then on. */
  next(): Promise<Item<T> | undefined>;
  /** Opening the stage at this state gives the rows that `next` has not yet given. */
  state(): CursorState;
  close(): Promise<void>;
}

/** A source of rows, or an operator over others: what a `Dataset` is made of. */
export interface Stage<T> {
  readonly operator: string;
  /** All that decides the rows besides the inputs: functions stand as their text. */
  readonly settings: readonly unknown[];
  readonly inputs: readonly Stage<unknown>[];
  open(at?: CursorState): Cursor<T>;
  /** Of a source: a hash of its content, the same over runs. */
  content?(): Promise<string>;
  /** Of a source that need not read all columns: the same rows with these alone; states are the same. */
  project?(columns: readonly string[]): Stage<T>;
}
