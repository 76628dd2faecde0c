/** One row: column → value. */
export type Row = Readonly<Record<string, unknown>>;

export interface Field {
  readonly name: string;
  readonly numeric: boolean;
}

/** A tabular data resource with what we read of it. */
export interface Resource {
  readonly title: string;
  readonly fields: readonly Field[];
  readonly rows: readonly Row[];
  /** Rows of the table that the resource was cut from, if it was. */
  readonly total: number;
}

const NUMERIC = new Set(["number", "integer", "year"]);

/** The resource in `value`; undefined if it is none. Fields that the schema lacks are taken from the rows. */
export function readResource(value: unknown): Resource | undefined {
  if (!isRecord(value) || !Array.isArray(value["data"])) return undefined;
  const rows = value["data"].filter(isRecord);
  const schema = isRecord(value["schema"]) ? value["schema"] : {};
  const declared = Array.isArray(schema["fields"]) ? schema["fields"].filter(isRecord) : [];
  const names =
    declared.length > 0
      ? declared.map((field) => String(field["name"]))
      : [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const types = new Map(declared.map((field) => [String(field["name"]), String(field["type"])]));
  return {
    title: typeof value["title"] === "string" ? value["title"] : "",
    fields: names.map((name) => ({
      name,
      numeric: NUMERIC.has(types.get(name) ?? "") || allNumbers(rows, name),
    })),
    rows,
    total: typeof value["totalRows"] === "number" ? Math.max(value["totalRows"], rows.length) : rows.length,
  };
}

function allNumbers(rows: readonly Row[], name: string): boolean {
  const values = rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
  return values.length > 0 && values.every((value) => typeof value === "number");
}

function isRecord(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As a cell shows it: numbers to six digits, objects as JSON, nothing for what is missing. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "object") return JSON.stringify(value);
  return String(value as string | boolean);
}

function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e9)
    ? value.toExponential(3)
    : String(Number(value.toPrecision(6)));
}

/** Numbers before texts, texts as a reader sorts them ("a2" before "a10"), what is missing last in both directions. */
export function sortRows(rows: readonly Row[], name: string, direction: 1 | -1): Row[] {
  const missing = (value: unknown): boolean => value === null || value === undefined || Number.isNaN(value);
  const order = new Intl.Collator("en", { numeric: true });
  return [...rows].sort((a, b) => {
    const [left, right] = [a[name], b[name]];
    if (missing(left) || missing(right)) return Number(missing(left)) - Number(missing(right));
    if (typeof left === "number" && typeof right === "number") return direction * (left - right);
    return direction * order.compare(cellText(left), cellText(right));
  });
}
