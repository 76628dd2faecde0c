import { inspect } from "node:util";
import type { MimeBundle } from "../link/index.js";
import { tableBundle } from "./table.js";

/** Objects that show themselves carry a method under one of these: gradlab's own, or Deno's. */
const DISPLAY_METHODS = [Symbol.for("gradlab.display"), Symbol.for("Jupyter.display")];

const INSPECT = { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 } as const;

/** Value → MIME bundle: its own display, a table for records, or what node:util makes of it. */
export async function formatValue(value: unknown): Promise<MimeBundle> {
  const own = await ownBundle(value);
  if (own !== undefined) return own;
  const text = inspect(value, INSPECT);
  const table = tableBundle(value);
  return table === undefined ? { "text/plain": text } : { ...table, "text/plain": text };
}

async function ownBundle(value: unknown): Promise<MimeBundle | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  for (const symbol of DISPLAY_METHODS) {
    const method: unknown = (value as Record<symbol, unknown>)[symbol];
    if (typeof method !== "function") continue;
    const bundle: unknown = await (method as () => unknown).call(value);
    if (typeof bundle === "object" && bundle !== null) return cleanBundle(bundle as MimeBundle);
  }
  return undefined;
}

/** Binary data becomes base64, as the protocol asks; undefined entries go. */
export function cleanBundle(bundle: MimeBundle): MimeBundle {
  const clean: MimeBundle = {};
  for (const [mime, data] of Object.entries(bundle)) {
    if (data === undefined) continue;
    clean[mime] = data instanceof Uint8Array ? Buffer.from(data).toString("base64") : data;
  }
  return clean;
}
