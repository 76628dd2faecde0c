import { createHook } from "node:async_hooks";
import { inspect, types } from "node:util";
import type { MimeBundle } from "../link/index.js";
import { cleanBundle } from "../values/index.js";
import { formatValue } from "./format.js";

/** How a value is shown in one line of a list of variables. */
export interface Described {
  readonly value: string;
  readonly type: string;
  /** How many elements it has, for lists that are shown in parts. */
  readonly indexed?: number;
}

const SHORT = { breakLength: Infinity, compact: true, getters: false, showProxy: true } as const;
const LIMITS = { maxArrayLength: 6, maxStringLength: 200 } as const;
/** The longest preview, in characters. */
const LONGEST = 300;
const CUSTOM = Symbol.for("nodejs.util.inspect.custom");
const DISPLAY = [Symbol.for("gradlab.display"), Symbol.for("Jupyter.display")];

const hits = new Map<number, number>();
const stopped = new WeakSet<object>();

/** What the debugger calls in the cell process, while its main thread runs or stands. */
const helper = {
  /** Counts a pass of a breakpoint whose condition holds; true where it is to stop. */
  hit(id: number, operator: string, wanted: number): boolean {
    const count = (hits.get(id) ?? 0) + 1;
    hits.set(id, count);
    switch (operator) {
      case ">":
        return count > wanted;
      case "<":
        return count < wanted;
      case "<=":
        return count <= wanted;
      case "%":
        return wanted > 0 && count % wanted === 0;
      case ">=":
        return count >= wanted;
      default:
        return count === wanted;
    }
  },

  /** Prints the message of a log point as output of the cell; false, so that it never stops. */
  log(parts: readonly (string | (() => unknown))[]): false {
    const texts = parts.map((part) => {
      if (typeof part === "string") return part;
      try {
        const value = part();
        return typeof value === "string" ? value : inspect(value, { depth: 2 });
      } catch (error) {
        return `<${String(error)}>`;
      }
    });
    process.stdout.write(`${texts.join("")}\n`);
    return false;
  },

  describe: (...values: readonly unknown[]): Described[] => values.map(describe),

  /** Elements [start, start + count) of a list under their indices; no getter is run. */
  slice(list: object, start: number, count: number): object {
    const part = Object.create(null) as Record<number, unknown>;
    const end = Math.min(start + count, lengthOf(list) ?? 0);
    for (let i = start; i < end; i += 1) {
      const property = Object.getOwnPropertyDescriptor(list, i);
      if (property) Object.defineProperty(part, i, property);
    }
    return part;
  },

  /** Those of the notebook's names that are set, under these names. */
  globals(names: readonly string[]): object {
    const found = Object.create(null) as Record<string, unknown>;
    for (const name of names) {
      const property = Object.getOwnPropertyDescriptor(globalThis, name);
      if (property) Object.defineProperty(found, name, { ...property, enumerable: true });
    }
    return found;
  },

  /** Those of the notebook's names that are set, described: nothing stays reachable for it, no getter is run. */
  outline(names: readonly string[]): (Described & { readonly name: string })[] {
    return names.flatMap((name) => {
      const property = Object.getOwnPropertyDescriptor(globalThis, name);
      if (property === undefined) return [];
      return "value" in property
        ? [{ name, ...describe(property.value) }]
        : [{ name, value: "(…)", type: "getter" }];
    });
  },

  assign(name: string, value: unknown): void {
    (globalThis as Record<string, unknown>)[name] = value;
  },

  /**
   * Node asks anew which hooks promises need only when one is added. So those of a debugger that left would stay (an
   * `await` would take two to four times as long), until another is added.
   */
  dropHooks(): void {
    createHook({ init: () => {} })
      .enable()
      .disable();
  },

  /** What a cell that ends with the value would show. */
  format: (value: unknown): Promise<MimeBundle> => formatValue(value),

  /** The same while nothing can be awaited: a display that takes time leaves the printed form. */
  formatNow(value: unknown): MimeBundle {
    return { "text/plain": inspect(value, { depth: 4, maxArrayLength: 100 }), ...ownDisplay(value) };
  },

  /** True when it did not stop for this error before. */
  first(error: unknown): boolean {
    if (typeof error !== "object" || error === null) return true;
    if (stopped.has(error)) return false;
    stopped.add(error);
    return true;
  },
};

function ownDisplay(value: unknown): MimeBundle {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return {};
  if (types.isProxy(value)) return {};
  for (const symbol of DISPLAY) {
    const method: unknown = (value as Record<symbol, unknown>)[symbol];
    if (typeof method !== "function") continue;
    const bundle: unknown = (method as () => unknown).call(value);
    if (types.isPromise(bundle)) bundle.catch(() => {});
    else if (typeof bundle === "object" && bundle !== null) return cleanBundle(bundle as MimeBundle);
  }
  return {};
}

function describe(value: unknown): Described {
  const indexed = lengthOf(value);
  const count = indexed === undefined ? {} : { indexed };
  return { value: preview(value), type: typeName(value), ...count };
}

/** One line: what `console.log` prints, objects in it by name alone; what shows itself says it shortly. */
function preview(value: unknown): string {
  try {
    const own = types.isProxy(value)
      ? undefined
      : (value as Record<symbol, unknown> | null | undefined)?.[CUSTOM];
    const depth = typeof own === "function" ? -1 : 0;
    const text = inspect(value, { ...SHORT, ...LIMITS, depth }).replace(/\s*\n\s*/g, " ");
    const counted = Array.isArray(value) && !types.isProxy(value) ? `(${value.length}) ${text}` : text;
    return counted.length > LONGEST ? `${counted.slice(0, LONGEST)}…` : counted;
  } catch (error) {
    return `<${String(error)}>`;
  }
}

function lengthOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  if (Array.isArray(value)) return value.length;
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? (value as Uint8Array).length : undefined;
}

/** The name of the class, found without running anything of the value's. */
function typeName(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  if (types.isProxy(value)) return "Proxy";
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null || types.isProxy(prototype)) return "object";
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof maker !== "function" || types.isProxy(maker)) return "object";
  const name: unknown = Object.getOwnPropertyDescriptor(maker, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "object";
}

/** Lets the debugger find its helper; nothing else of it exists while no debugger asks. */
export function installDebugHelper(): void {
  Object.defineProperty(globalThis, Symbol.for("gradlab.kernel.debug"), { value: helper });
}
