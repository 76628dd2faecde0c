const MAX_DEPTH = 100;

/**
 * A copy that JSON can carry: bigint as number where it is exact, else as text; NaN and infinities null;
 * typed arrays and sets as lists, maps as objects, dates as ISO text; what repeats itself inside is cut.
 */
export function jsonSafe(value: unknown, above: readonly object[] = []): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
        ? Number(value)
        : String(value);
    case "object":
      return value === null ? null : objectSafe(value, above);
    case "string":
    case "boolean":
      return value;
    default:
      return undefined;
  }
}

function objectSafe(value: object, above: readonly object[]): unknown {
  if (above.includes(value)) return "[Circular]";
  if (above.length >= MAX_DEPTH) return "[…]";
  const inner = [...above, value];
  const each = (item: unknown): unknown => jsonSafe(item, inner) ?? null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) {
    return value instanceof DataView ? null : Array.from(value as Uint8Array, each);
  }
  if (Array.isArray(value)) return value.map(each);
  if (value instanceof Set) return [...value].map(each);
  const own = (value as { toJSON?: unknown }).toJSON;
  if (typeof own === "function") return jsonSafe((own as () => unknown).call(value), inner);
  const entries =
    value instanceof Map
      ? [...value].map(([key, item]) => [String(key), item] as const)
      : Object.entries(value);
  const safe = entries.map(([key, item]) => [key, jsonSafe(item, inner)] as const);
  return Object.fromEntries(safe.filter(([, item]) => item !== undefined));
}
