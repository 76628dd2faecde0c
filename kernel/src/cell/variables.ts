import { showValue } from "./safely.js";

const declared = new Set<string>();

/** A program's top-level names belong to the notebook. */
export function rememberNames(names: readonly string[]): void {
  for (const name of names) declared.add(name);
}

/** The notebook's variables: name, kind and a short look at the value; `_` first means a helper's. */
export function listVariables(): string {
  const globals = globalThis as unknown as Record<string, unknown>;
  const rows = [...declared]
    .filter((name) => !name.startsWith("_") && name in globals)
    .sort()
    .map((name) => [name, kindOf(globals[name]), shorten(globals[name])] as const);
  if (rows.length === 0) return "There are no variables.";
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([name, kind, value]) => `${name.padEnd(first)}  ${kind.padEnd(second)}  ${value}`.trimEnd())
    .join("\n");
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  if (typeof value !== "object") return typeof value;
  const made = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor
    ?.name;
  return made === undefined || made === "" ? "object" : made;
}

function shorten(value: unknown): string {
  if (typeof value === "function") return "";
  const text = showValue(value, 0)
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
