import { types } from "node:util";
import { cleanBundle, type MimeBundle } from "./bundle.js";
import { describe } from "./describe.js";
import { shapeBundle } from "./shapes.js";
import { tableBundle } from "./table.js";

/** Objects that show themselves carry a method under one of these: gradlab's own, or Deno's. */
const DISPLAY_METHODS = [Symbol.for("gradlab.display"), Symbol.for("Jupyter.display")];
/** What an output is told beside its data, by MIME type. */
export const METADATA: unique symbol = Symbol.for("gradlab.display.metadata");

/**
 * Value → MIME bundle: its own display, a table for records, a known shape, and text in any case.
 *
 * @param failed is told of a display method that throws; the value is then shown as text
 */
export async function formatValue(value: unknown, failed: (error: unknown) => void): Promise<MimeBundle> {
  try {
    const own = await ownBundle(value);
    if (own !== undefined) return own;
    const more = tableBundle(value) ?? shapeBundle(value);
    return cleanBundle({ "text/plain": describe(value), ...more });
  } catch (error) {
    failed(error);
    return { "text/plain": describe(value) };
  }
}

async function ownBundle(value: unknown): Promise<MimeBundle | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  for (const symbol of DISPLAY_METHODS) {
    const method = property(value, symbol);
    if (typeof method !== "function") continue;
    const bundle: unknown = await (method as () => unknown).call(value);
    if (typeof bundle === "object" && bundle !== null) return cleanBundle(bundle as MimeBundle);
  }
  return undefined;
}

/** Proxies may answer for any name: what they cannot name is not there. */
function property(value: object, symbol: symbol): unknown {
  if (!types.isProxy(value)) return (value as Record<symbol, unknown>)[symbol];
  try {
    return symbol in value ? (value as Record<symbol, unknown>)[symbol] : undefined;
  } catch {
    return undefined;
  }
}

/** The metadata that goes with a value's bundle. */
export function metadataOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return {};
  return { ...(value as { [METADATA]?: Record<string, unknown> })[METADATA] };
}
