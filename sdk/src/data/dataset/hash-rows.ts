import { createHash } from "node:crypto";
import type { Cursor } from "./stage.js";

/** SHA-256 over all rows that a cursor gives, in their order. Closes it. */
export async function hashRows(cursor: Cursor<unknown>): Promise<string> {
  const hash = createHash("sha256");
  try {
    for (let item = await cursor.next(); item !== undefined; item = await cursor.next())
      hash.update(canonicalText(item.value)).update("\n");
  } finally {
    await cursor.close();
  }
  return hash.digest("hex");
}

/** A value as text that says all of it, also what JSON cannot: bigints, dates, bytes, undefined and functions. */
export function canonicalText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : objectText(value);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function objectText(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name}(${bytes.toString("base64")})`;
  }
  if (value instanceof Map) return `Map${canonicalText([...value])}`;
  if (value instanceof Set) return `Set${canonicalText([...value])}`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`)
    .join(",")}}`;
}
