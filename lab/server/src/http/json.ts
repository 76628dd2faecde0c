export type Json = { [key: string]: unknown };

/** A field that must be a text; anything else counts as `fallback`. */
export function text(value: unknown, fallback = ""): string {
  return typeof value === "string" ? value : fallback;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
