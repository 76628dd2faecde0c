import type { Json } from "./host.js";

type Path = readonly (string | number)[];

/** A state ready for JSON, and its binary parts with where they stood. */
export interface Split {
  readonly state: Json;
  readonly paths: readonly Path[];
  readonly buffers: readonly Uint8Array[];
}

/**
 * Takes binary data out of a state: it leaves `null` in a list and nothing in an object (widget protocol 2,
 * "State synchronization").
 */
export function splitBuffers(state: Json): Split {
  const paths: Path[] = [];
  const buffers: Uint8Array[] = [];
  const strip = (value: unknown, path: Path): unknown => {
    const bytes = toBytes(value);
    if (bytes !== undefined) {
      paths.push(path);
      buffers.push(bytes);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((item, i) => strip(item, [...path, i]) ?? null);
    if (!isPlain(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, strip(item, [...path, key])] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  return { state: strip(state, []) as Json, paths, buffers };
}

/** The reverse: puts buffers back where they stood. Paths that lead nowhere are left out. */
export function joinBuffers(state: Json, paths: readonly Path[], buffers: readonly Uint8Array[]): Json {
  const whole = structuredClone(state);
  paths.forEach((path, i) => {
    const last = path.at(-1);
    const buffer = buffers[i];
    if (last === undefined || buffer === undefined) return;
    let place: unknown = whole;
    for (const key of path.slice(0, -1)) place = own(place, key);
    if (typeof place !== "object" || place === null || last === "__proto__") return;
    (place as Record<string | number, unknown>)[last] = buffer;
  });
  return whole;
}

function own(place: unknown, key: string | number): unknown {
  return typeof place === "object" && place !== null && Object.hasOwn(place, key)
    ? (place as Record<string | number, unknown>)[key]
    : undefined;
}

function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function isPlain(value: unknown): value is Json {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
