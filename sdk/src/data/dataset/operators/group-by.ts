import { located } from "../located.js";
import type { Item, Stage } from "../stage.js";

/** Rows of one key, in their order. */
export interface Group<K, T> {
  readonly key: K;
  readonly rows: readonly T[];
}

/** All rows by key, in the order in which the keys first occur. Holds every row while it runs. */
export function groupBy<T, K>(
  input: Stage<T>,
  keyOf: (row: T) => K,
  settings: readonly unknown[],
): Stage<Group<K, T>> {
  return {
    operator: "groupBy",
    settings,
    inputs: [input],
    open(at) {
      let given = (at as { readonly given: number } | undefined)?.given ?? 0;
      let groups: readonly Item<Group<K, T>>[] | undefined;
      return {
        async next() {
          groups ??= await gather(input, keyOf);
          return groups[given] === undefined ? undefined : groups[given++];
        },
        state: () => ({ given }),
        close: () => Promise.resolve(),
      };
    },
  };
}

async function gather<T, K>(input: Stage<T>, keyOf: (row: T) => K): Promise<Item<Group<K, T>>[]> {
  const groups = new Map<K, Item<{ readonly key: K; readonly rows: T[] }>>();
  const cursor = input.open();
  try {
    for (let item = await cursor.next(); item !== undefined; item = await cursor.next()) {
      const { value, where } = item;
      const key = await located("groupBy", where, () => keyOf(value));
      const group = groups.get(key);
      if (group) group.value.rows.push(value);
      else groups.set(key, { value: { key, rows: [value] }, where });
    }
  } finally {
    await cursor.close();
  }
  return [...groups.values()];
}
