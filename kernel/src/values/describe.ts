import { inspect, types } from "node:util";
import { describeTypedArray } from "./typed-array.js";

const INSPECT = { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 } as const;
/** Keys of an object, and characters of all of it, that are shown. */
const MAX = { keys: 300, text: 100_000 } as const;

/** text/plain of any value: long ones folded, getters not run, cycles named. Never throws. */
export function describe(value: unknown): string {
  const text = (types.isTypedArray(value) ? describeTypedArray(value) : undefined) ?? inspected(fold(value));
  const left = text.length - MAX.text;
  return left > 0 ? `${text.slice(0, MAX.text)}\n… ${left.toLocaleString("en-US")} more characters` : text;
}

function inspected(value: unknown): string {
  try {
    return inspect(value, INSPECT);
  } catch {
    // its own inspect method, or a trap of a proxy, has failed
  }
  try {
    return inspect(value, { ...INSPECT, customInspect: false });
  } catch {
    return `[a value of type ${typeof value} that cannot be shown]`;
  }
}

/** A plain object with very many keys → the first of them and how many there are. */
function fold(value: unknown): unknown {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const keys = Object.keys(value);
  if (keys.length <= MAX.keys) return value;
  const shown: Record<string, unknown> = {};
  for (const key of keys.slice(0, MAX.keys)) {
    Object.defineProperty(shown, key, Object.getOwnPropertyDescriptor(value, key) ?? {});
  }
  const left = keys.length - MAX.keys;
  shown["…"] = more(left);
  return shown;
}

/** `… 7 more keys`, without quotes. */
function more(count: number): object {
  return { [inspect.custom]: () => `${count.toLocaleString("en-US")} more keys` };
}
