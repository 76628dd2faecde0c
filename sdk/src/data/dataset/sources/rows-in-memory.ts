import type { ErrorPlace } from "../../../errors.js";
import { hashRows } from "../hash-rows.js";
import type { Cursor, Stage } from "../stage.js";

/** Anything with rows by number. */
export interface RowList<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

/**
 * Rows that lie in memory, or are loaded as one piece when the first is asked for.
 *
 * @param placeOf the place of a row in errors
 */
export function rowsInMemory<T>(
  load: () => RowList<T> | Promise<RowList<T>>,
  placeOf: (index: number) => ErrorPlace = (index) => ({ file: `rows[${index}]` }),
): Stage<T> {
  const open = (at?: unknown): Cursor<T> => {
    let index = (at as { readonly index: number } | undefined)?.index ?? 0;
    let rows: RowList<T> | undefined;
    return {
      async next() {
        rows ??= await load();
        if (index >= rows.length) return undefined;
        const where = placeOf(index);
        return { value: rows.at(index++) as T, where };
      },
      state: () => ({ index }),
      close: () => Promise.resolve(),
    };
  };
  return { operator: "rows", settings: [], inputs: [], open, content: () => hashRows(open()) };
}
