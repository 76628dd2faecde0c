import { inspect, types } from "node:util";

/** What `read` gives, or `fallback` where reading throws: thrown values may be proxies or have getters that throw. */
export function safely<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}

export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || safely(() => value instanceof Error, false);
}

/** A value as text, whatever it does when it is looked at. */
export function showValue(value: unknown, depth: number): string {
  return safely(
    () => inspect(value, { depth, breakLength: 100, maxStringLength: 2000, maxArrayLength: 20 }),
    safely(() => `[a ${typeof value} that cannot be shown]`, "[a value that cannot be shown]"),
  );
}

/** A field of an error as text. */
export function textOf(error: object, field: "name" | "message" | "stack", fallback: string): string {
  const value = safely(() => (error as Record<string, unknown>)[field], undefined);
  if (typeof value === "string") return value;
  return value === undefined ? fallback : showValue(value, 1);
}
