import type { SchemaElement, SchemaTree } from "hyparquet";

/** A column at the top of a file, and what its values become. */
export interface ParquetColumn {
  readonly name: string;
  readonly shape: Shape;
}

type Shape = (value: unknown) => unknown;

/** Decimal digits that a number holds exactly. */
const EXACT_DIGITS = 15;

/**
 * The columns of a schema. Decimals are made exact: the reader would multiply by 10⁻ˢ, which is off by a rounding (3 · 0.1). So it is
 * told that they are plain integers or bytes, by changing `schema` in place, and they are converted here.
 */
export const columnsOf = (schema: SchemaTree): ParquetColumn[] =>
  schema.children.map((child) => ({ name: child.element.name, shape: shapeOf(child) }));

const orNull: Shape = (value) => value ?? null;

function shapeOf(node: SchemaTree): Shape {
  const { element, children } = node;
  if (isDecimal(element)) return decimalOf(element);
  if (children.length === 0) return element.repetition_type === "REPEATED" ? list(orNull) : orNull;
  const inner = isList(node) ? list(shapeOf(elementOf(node))) : isMap(node) ? entries(node) : struct(node);
  return element.repetition_type === "REPEATED" && !isList(node) ? list(inner) : inner;
}

const list =
  (shape: Shape): Shape =>
  (value) =>
    value === null || value === undefined ? null : Array.from(value as ArrayLike<unknown>, shape);

function struct({ children }: SchemaTree): Shape {
  const fields = children.map((child) => [child.element.name, shapeOf(child)] as const);
  return (value) =>
    value === null || value === undefined
      ? null
      : Object.fromEntries(
          fields.map(([name, shape]) => [name, shape((value as Readonly<Record<string, unknown>>)[name])]),
        );
}

/** Maps come as objects by their keys. */
function entries({ children }: SchemaTree): Shape {
  const [, value] = children[0].children.map(shapeOf);
  return (map) =>
    map === null || map === undefined
      ? null
      : Object.fromEntries(Object.entries(map).map(([key, item]) => [key, (value ?? orNull)(item)]));
}

const isList = ({ element, children }: SchemaTree): boolean =>
  (element.converted_type === "LIST" || element.logical_type?.type === "LIST") &&
  children.length === 1 &&
  children[0].element.repetition_type === "REPEATED";

const isMap = ({ element, children }: SchemaTree): boolean =>
  ["MAP", "MAP_KEY_VALUE"].includes(element.converted_type ?? element.logical_type?.type ?? "") &&
  children[0]?.children.length === 2;

/** A list's items: below the repeated group, which some writers leave out. */
function elementOf({ children: [repeated] }: SchemaTree): SchemaTree {
  if (repeated.children.length === 1) return repeated.children[0];
  return { ...repeated, element: { ...repeated.element, repetition_type: "REQUIRED" } };
}

const isDecimal = ({ converted_type, logical_type }: SchemaElement): boolean =>
  converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";

/** Numbers of up to 15 digits are numbers, the nearest to the decimal; longer ones are texts that lose nothing. */
function decimalOf(element: SchemaElement): Shape {
  const { scale = 0, precision = Infinity } = element;
  delete element.converted_type;
  delete element.logical_type;
  return (value) => {
    if (value === null || value === undefined) return null;
    const units = value instanceof Uint8Array ? integerOf(value) : BigInt(value as number | bigint);
    return precision <= EXACT_DIGITS ? Number(`${units}e-${scale}`) : decimalText(units, scale);
  };
}

/** Big-endian two's complement. */
function integerOf(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).toString("hex");
  return hex === "" ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

function decimalText(units: bigint, scale: number): string {
  const sign = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  return sign + (scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}
