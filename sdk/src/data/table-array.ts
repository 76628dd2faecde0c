import { GradlabError } from "../errors.js";
import {
  fromNumbers,
  hostArray,
  toNumbers,
  type DType,
  type HostArray,
  type TypedArray,
} from "../tensor/index.js";

/** What of an arquero table (or one like it) is read. */
export interface ColumnSource {
  columnNames(): string[];
  /** A column as it is kept, whatever the order of the rows. */
  column(name: string): unknown;
  /** A column's values in the order of the rows. */
  array(name: string): ArrayLike<unknown>;
}

/**
 * One column of an arquero table as [rows], or several as the columns of a matrix [rows, columns]. Numbers
 * become float32, true and false bool, typed data and bigints keep their type (16-bit integers become int32).
 *
 * @throws E_DATA_FORMAT for an unknown column, and for a missing value or a text with the row it stands in
 * @example
 * const { table } = await import("arquero");
 * arrayFromTable(table({ x: [1, 2], y: [3, 4] }), ["x", "y"]).shape; // [2, 2]
 */
export function arrayFromTable(table: ColumnSource, columns: string | readonly string[]): HostArray {
  if (typeof columns === "string") return columnArray(table, columns);
  const parts = columns.map((name) => columnArray(table, name));
  const dtype: DType = parts.every((part) => part.dtype === parts[0].dtype) ? parts[0].dtype : "float32";
  const rows = parts[0]?.data.length ?? 0;
  const numbers = parts.map(toNumbers);
  const flat = Float64Array.from(
    { length: rows * parts.length },
    (_, i) => numbers[i % parts.length][Math.floor(i / parts.length)],
  );
  return fromNumbers(flat, [rows, parts.length], dtype);
}

function columnArray(table: ColumnSource, name: string): HostArray {
  if (!table.columnNames().includes(name)) {
    throw new GradlabError("E_DATA_FORMAT", `The table has no column "${name}".`, {
      hint: `Its columns are ${table.columnNames().join(", ")}.`,
    });
  }
  const values = table.array(name);
  const kept = table.column(name);
  // 16-bit integers: tensors keep half floats in such arrays.
  if (kept instanceof Uint16Array || kept instanceof Int16Array)
    return fromNumbers(values as ArrayLike<number>, [values.length], "int32");
  if (isTyped(kept)) {
    const typed = kept.constructor as new (values: ArrayLike<unknown>) => TypedArray;
    return hostArray(new typed(values), [values.length]);
  }
  const kind = typeof values[0];
  const dtype = kind === "boolean" ? "bool" : kind === "bigint" ? "int64" : "float32";
  for (let i = 0; i < values.length; i++)
    if (typeof values[i] !== kind || !KINDS.has(kind)) throw wrongValue(name, i, values[i]);
  if (dtype === "int64") return hostArray(BigInt64Array.from(values as ArrayLike<bigint>), [values.length]);
  return fromNumbers(Float64Array.from(values as ArrayLike<number>, Number), [values.length], dtype);
}

const isTyped = (column: unknown): column is TypedArray =>
  ArrayBuffer.isView(column) && !(column instanceof DataView);

const KINDS: ReadonlySet<string> = new Set(["number", "boolean", "bigint"]);

const wrongValue = (name: string, row: number, value: unknown): GradlabError =>
  new GradlabError(
    "E_DATA_FORMAT",
    `Row ${row} of column "${name}" is ${typeof value === "string" ? "a text" : String(value)}.`,
    {
      hint: "A tensor holds numbers, or true and false, in every row; filter or impute the others first.",
    },
  );

/**
 * An array as an arquero table: each column of a matrix under a name, a list as one column.
 *
 * @param names default "value" for a list, "c0", "c1", … for a matrix
 * @throws E_SHAPE for more than two axes, or when the names are not as many as the columns
 * @example
 * const table = await tableFromArray(hostArray(Float32Array.of(1, 2, 3, 4), [2, 2]), ["x", "y"]);
 * table.array("y"); // Float32Array [2, 4]
 */
export async function tableFromArray(
  array: HostArray,
  names: readonly string[] = defaultNames(array),
): Promise<import("arquero").ColumnTable> {
  const { shape, data } = array;
  const [rows, columns = 1] = shape;
  if (shape.length === 0 || shape.length > 2 || names.length !== columns) {
    throw new GradlabError(
      "E_SHAPE",
      `tableFromArray: [${shape.join(", ")}] and ${names.length} names do not make a table.`,
      { hint: "Give a list or a matrix, and one name for each column." },
    );
  }
  const values = array.dtype === "float16" || array.dtype === "bfloat16" ? toNumbers(array) : data;
  const pick = (column: number): TypedArray | boolean[] => {
    const own = values.slice(0, rows);
    for (let row = 0; row < rows; row++) own[row] = values[row * columns + column];
    return array.dtype === "bool" ? Array.from(own, Boolean) : own;
  };
  const { table } = await import("arquero");
  return table(Object.fromEntries(names.map((name, i) => [name, pick(i)])));
}

const defaultNames = ({ shape }: HostArray): string[] =>
  shape.length === 1 ? ["value"] : Array.from({ length: shape[1] ?? 0 }, (_, i) => `c${i}`);
