import type { SchemaElement } from "hyparquet";

/** Types that a column of a Parquet file can be given by name. */
export type ParquetType =
  "boolean" | "int32" | "int64" | "float" | "double" | "string" | "bytes" | "timestamp" | "date";

/** What a column holds; undefined while only nulls have come. */
export type Kind =
  | { readonly leaf: ParquetType }
  | { readonly list: Kind | undefined }
  | { readonly struct: ReadonlyMap<string, Kind | undefined> };

/** A value that a column cannot hold, in words that go on "The column …". */
export class Unfit extends Error {}

const LEAVES: Readonly<Record<ParquetType, Pick<SchemaElement, "type" | "converted_type">>> = {
  boolean: { type: "BOOLEAN" },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  float: { type: "FLOAT" },
  double: { type: "DOUBLE" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  bytes: { type: "BYTE_ARRAY" },
  timestamp: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  date: { type: "INT32", converted_type: "DATE" },
};
export const PARQUET_TYPES = Object.keys(LEAVES) as readonly ParquetType[];

const ARRAYS: readonly (readonly [abstract new (...args: never[]) => unknown, ParquetType])[] = [
  [Float32Array, "float"],
  [Float64Array, "double"],
  [Int8Array, "int32"],
  [Int16Array, "int32"],
  [Int32Array, "int32"],
  [Uint16Array, "int32"],
  [BigInt64Array, "int64"],
];

/** @throws Unfit for a value that Parquet has no type for */
export function kindOf(value: unknown): Kind | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "object") return { leaf: leafOf(value) };
  if (value instanceof Date) return { leaf: "timestamp" };
  if (value instanceof Uint8Array) return { leaf: "bytes" };
  const typed = ARRAYS.find(([type]) => value instanceof type);
  if (typed) return { list: { leaf: typed[1] } };
  if (Array.isArray(value)) return { list: value.map(kindOf).reduce(merge, undefined) };
  const prototype: unknown = Object.getPrototypeOf(value);
  const fields = Object.entries(value);
  if ((prototype !== Object.prototype && prototype !== null) || fields.length === 0)
    throw new Unfit(`holds ${fields.length === 0 ? "an object without fields" : "an object of a class"}`);
  return { struct: new Map(fields.map(([name, item]) => [name, kindOf(item)])) };
}

function leafOf(value: unknown): ParquetType {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return isInt32(value) ? "int32" : "double";
  throw new Unfit(`holds a ${typeof value}`);
}

const isInt32 = (value: number): boolean => Object.is(value | 0, value);

const NUMBERS: readonly ParquetType[] = ["int32", "float", "double"];

/** What holds both. @throws Unfit where nothing does */
export function merge(a: Kind | undefined, b: Kind | undefined): Kind | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if ("leaf" in a && "leaf" in b) {
    if (a.leaf === b.leaf) return a;
    if (NUMBERS.includes(a.leaf) && NUMBERS.includes(b.leaf)) return { leaf: "double" };
  }
  if ("list" in a && "list" in b) return { list: merge(a.list, b.list) };
  if ("struct" in a && "struct" in b) {
    const names = new Set([...a.struct.keys(), ...b.struct.keys()]);
    return {
      struct: new Map([...names].map((name) => [name, merge(a.struct.get(name), b.struct.get(name))])),
    };
  }
  throw new Unfit(`holds ${nameOf(b)} where ${nameOf(a)} came before`);
}

const nameOf = (kind: Kind): string => ("leaf" in kind ? kind.leaf : "list" in kind ? "a list" : "an object");

/** The schema of a column; every value may be null. Where only nulls came, texts may follow. */
export function schemaOf(name: string, kind: Kind = { leaf: "string" }): SchemaElement[] {
  const optional = { name, repetition_type: "OPTIONAL" } as const;
  if ("leaf" in kind) return [{ ...optional, ...LEAVES[kind.leaf] }];
  if ("list" in kind) {
    return [
      { ...optional, num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...schemaOf("element", kind.list),
    ];
  }
  const fields = [...kind.struct].flatMap(([field, inner]) => schemaOf(field, inner));
  return [{ ...optional, num_children: kind.struct.size }, ...fields];
}

/** A value as the writer takes it. @throws Unfit for one that the column cannot hold */
export function encode(kind: Kind | undefined, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (kind === undefined || "leaf" in kind) return encodeLeaf(kind?.leaf ?? "string", value);
  if ("list" in kind) {
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))
      return Array.from(value as ArrayLike<unknown>, (item) => encode(kind.list, item));
    throw unfit(value, "a list");
  }
  if (typeof value !== "object" || Array.isArray(value)) throw unfit(value, "an object");
  const extra = Object.keys(value).find((name) => !kind.struct.has(name));
  if (extra !== undefined)
    throw new Unfit(`has a field ${JSON.stringify(extra)} that the first rows do not have`);
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries([...kind.struct].map(([name, inner]) => [name, encode(inner, fields[name])]));
}

const unfit = (value: unknown, wanted: string): Unfit =>
  new Unfit(`holds ${String(JSON.stringify(value, plain))?.slice(0, 60)} where ${wanted} is wanted`);

const plain = (_: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);

const LONE_SURROGATE = /\p{Surrogate}/u;

function encodeLeaf(leaf: ParquetType, value: unknown): unknown {
  switch (leaf) {
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "int32":
      if (typeof value === "number" && isInt32(value)) return value;
      break;
    case "int64":
      if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return value;
      if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
      break;
    case "float":
    case "double":
      if (typeof value === "number") return value;
      break;
    case "string":
      if (typeof value === "string" && !LONE_SURROGATE.test(value)) return value;
      break;
    case "bytes":
      if (value instanceof Uint8Array) return value;
      break;
    case "timestamp":
    case "date":
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
  }
  throw unfit(value, leaf);
}
