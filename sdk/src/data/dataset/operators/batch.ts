import type { Item, Stage } from "../stage.js";

/** Rows in arrays of `size`; the last may be shorter, or is left out. */
export function batch<T>(input: Stage<T>, size: number, dropLast: boolean): Stage<T[]> {
  return {
    operator: "batch",
    settings: [size, dropLast],
    inputs: [input],
    open(at) {
      const cursor = input.open(at);
      return {
        async next() {
          const rows: T[] = [];
          let first: Item<T> | undefined;
          while (rows.length < size) {
            const item = await cursor.next();
            if (item === undefined) break;
            first ??= item;
            rows.push(item.value);
          }
          if (first === undefined || (dropLast && rows.length < size)) return undefined;
          return { value: rows, where: first.where };
        },
        // Between two batches nothing is held.
        state: () => cursor.state(),
        close: () => cursor.close(),
      };
    },
  };
}
