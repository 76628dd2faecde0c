import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { GradlabError, type ErrorPlace } from "../../../errors.js";
import { formatError } from "../../record.js";
import { requireColumns } from "../columns.js";
import type { Item } from "../stage.js";
import {
  encode,
  kindOf,
  merge,
  PARQUET_TYPES,
  schemaOf,
  Unfit,
  type Kind,
  type ParquetType,
} from "./parquet-kind.js";

type Rows = AsyncIterable<Item<unknown>>;
type Row = Readonly<Record<string, unknown>>;

/** Types of columns by their names, where the first rows do not tell. */
export type ColumnTypes = Readonly<Record<string, ParquetType>>;

/** A row group ends at this many rows or about this many bytes, whichever comes first. */
const GROUP_ROWS = 10_000;
const GROUP_BYTES = 64 << 20;

/**
 * Writes a Parquet file (Snappy), one row group in memory at a time. The columns are those of the first row, their types those of
 * the values of the first row group. Under another name first: a file of the given name is always whole.
 */
export async function writeParquet(path: string, rows: Rows, types: ColumnTypes = {}): Promise<void> {
  checkTypes(types);
  const partial = `${path}.partial`;
  const handle = await open(partial, "w");
  try {
    await writeGroups(handle, rows, types);
    await handle.close();
    await rename(partial, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

async function writeGroups(handle: FileHandle, rows: Rows, types: ColumnTypes): Promise<void> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const writer = new ByteWriter(1 << 20);
  const flush = async (): Promise<void> => {
    await handle.write(writer.getBytes());
    writer.index = 0;
  };
  Object.assign(writer, { flush, finish: flush });
  let kinds: ReadonlyMap<string, Kind | undefined> | undefined;
  let file: InstanceType<typeof ParquetWriter> | undefined;
  const begin = (known: ReadonlyMap<string, Kind | undefined>): InstanceType<typeof ParquetWriter> => {
    const columns = [...known].flatMap(([name, kind]) => schemaOf(name, kind));
    return new ParquetWriter({
      writer,
      schema: [{ name: "schema", num_children: known.size }, ...columns],
      createdBy: "gradlab",
    });
  };
  for await (const group of groupsOf(rows)) {
    kinds ??= kindsOf(group, types);
    file ??= begin(kinds);
    const columnData = [...kinds].map(([name, kind]) => ({ name, data: columnOf(group, name, kind) }));
    await file.write({ columnData, rowGroupSize: group.length });
  }
  await (file ?? begin(new Map())).finish();
}

/** Rows in row groups; all have the columns of the first. */
async function* groupsOf(rows: Rows): AsyncGenerator<Item<Row>[]> {
  let names: readonly string[] | undefined;
  let group: Item<Row>[] = [];
  let bytes = 0;
  for await (const { value, where } of rows) {
    requireColumns(value, names ?? [], where);
    const known = (names ??= Object.keys(value));
    const extra = Object.keys(value).find((name) => !known.includes(name));
    if (extra !== undefined || known.length === 0) throw otherColumns(extra, where);
    group.push({ value, where });
    bytes += sizeOf(value);
    if (group.length < GROUP_ROWS && bytes < GROUP_BYTES) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}

const otherColumns = (extra: string | undefined, where: ErrorPlace): GradlabError =>
  extra === undefined
    ? formatError("The row has no columns.", where)
    : formatError(
        `The row has a column ${JSON.stringify(extra)} that the first row does not have.`,
        where,
        "`select` the columns to be written.",
      );

/** About the bytes that a value takes. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item), 8);
}

function kindsOf(group: readonly Item<Row>[], types: ColumnTypes): Map<string, Kind | undefined> {
  const kinds = new Map<string, Kind | undefined>();
  for (const name of Object.keys(group[0].value)) {
    const given = Object.hasOwn(types, name) ? types[name] : undefined;
    let kind: Kind | undefined = given && { leaf: given };
    if (!given)
      for (const { value, where } of group)
        kind = placed(name, where, () => merge(kind, kindOf(value[name])));
    kinds.set(name, kind);
  }
  const unknown = Object.keys(types).find((name) => !kinds.has(name));
  if (unknown === undefined) return kinds;
  throw new GradlabError(
    "E_CONFIG",
    `types names a column ${JSON.stringify(unknown)} that the rows do not have.`,
    {
      where: "types",
      hint: `The columns are ${[...kinds.keys()].join(", ")}.`,
    },
  );
}

const columnOf = (group: readonly Item<Row>[], name: string, kind: Kind | undefined): unknown[] =>
  group.map(({ value, where }) => placed(name, where, () => encode(kind, value[name])));

function placed<T>(name: string, where: ErrorPlace, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw formatError(
      `The column ${JSON.stringify(name)} ${error.message}.`,
      { ...where, column: name },
      'The values of a column are of one type, or null, by the first row group. `map` the rows, or give the type: write(path, { types: { column: "double" } }).',
    );
  }
}

function checkTypes(types: ColumnTypes): void {
  const bad = Object.entries(types).find(([, type]) => !PARQUET_TYPES.includes(type));
  if (bad === undefined) return;
  throw new GradlabError(
    "E_CONFIG",
    `There is no type ${JSON.stringify(bad[1])} for ${JSON.stringify(bad[0])}.`,
    {
      where: "types",
      hint: `Types: ${PARQUET_TYPES.join(", ")}.`,
    },
  );
}
