import type { ColumnSource } from "../../table-array.js";
import type { Stage } from "../stage.js";
import { rowsInMemory } from "./rows-in-memory.js";

/** The rows of an Arquero table, as it is filtered and ordered. */
export function tableRows(table: ColumnSource): Stage<unknown> {
  const columns = (): ListOfColumns => new ListOfColumns(table);
  return rowsInMemory(columns, (index) => ({ file: `table[${index}]` }));
}

class ListOfColumns {
  readonly length: number;
  readonly #columns: readonly (readonly [name: string, values: ArrayLike<unknown>])[];

  constructor(table: ColumnSource) {
    this.#columns = table.columnNames().map((name) => [name, table.array(name)] as const);
    this.length = this.#columns[0]?.[1].length ?? 0;
  }

  at(index: number): unknown {
    return Object.fromEntries(this.#columns.map(([name, values]) => [name, values[index]]));
  }
}
