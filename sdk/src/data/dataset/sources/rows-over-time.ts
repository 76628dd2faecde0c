import { hashRows } from "../hash-rows.js";
import type { Cursor, Stage } from "../stage.js";

type Rows<T> = Iterable<T> | AsyncIterable<T>;

/** Rows that arrive one after the other; a state is how many came, and resuming lets as many pass. */
export function rowsOverTime<T>(start: () => Rows<T>): Stage<T> {
  const open = (at?: unknown): Cursor<T> => {
    let skip = (at as { readonly index: number } | undefined)?.index ?? 0;
    let index = 0;
    let rows: AsyncIterator<T> | Iterator<T> | undefined;
    let ended = false;
    const pull = async (): Promise<IteratorResult<T>> => {
      rows ??= iterate(start());
      const result = await rows.next();
      ended = result.done === true;
      return result;
    };
    return {
      async next() {
        for (; skip > 0 && !ended; skip--, index++) await pull();
        if (ended) return undefined;
        const { done, value } = await pull();
        return done ? undefined : { value, where: { file: `rows[${index++}]` } };
      },
      state: () => ({ index: index + skip }),
      async close() {
        if (!ended) await rows?.return?.();
        ended = true;
      },
    };
  };
  return { operator: "rows", settings: [], inputs: [], open, content: () => hashRows(open()) };
}

const iterate = <T>(rows: Rows<T>): AsyncIterator<T> | Iterator<T> =>
  Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
