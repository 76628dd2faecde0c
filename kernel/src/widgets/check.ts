import { inspect } from "node:util";
import { KernelError } from "../errors.js";
import type { Kind } from "./widget.js";

/**
 * The state after a change: types checked, `value` kept between `min` and `max`.
 *
 * A front end's wrong value is not taken over (`lenient`); the user's is an E_USAGE.
 */
export function checkState<T extends object>(
  kind: Kind<T>,
  state: T,
  values: Partial<T>,
  lenient: boolean,
): T {
  const next = { ...state };
  for (const name of Object.keys(values) as (keyof T & string)[]) {
    const value = values[name];
    if (value === undefined) continue;
    const fault = faultOf(kind, name, value);
    if (fault === undefined) next[name] = value;
    else if (!lenient) refuse(kind.name, name, value, fault);
  }
  return keepBetween(kind, next as T & Bounded, lenient);
}

interface Bounded {
  min?: unknown;
  max?: unknown;
  value?: unknown;
}

function keepBetween<T extends object>(kind: Kind<T>, state: T & Bounded, lenient: boolean): T {
  const { min, max } = state;
  if (typeof min !== "number" || typeof max !== "number") return state;
  if (min > max) {
    if (lenient) return { ...state, max: min };
    throw new KernelError("E_USAGE", `${kind.name}: min is ${min}, above max, which is ${max}.`, {
      hint: "Give both together where both change: set({ min, max }).",
    });
  }
  const clamp = (value: number): number => Math.min(Math.max(value, min), max);
  if (typeof state.value === "number") state.value = clamp(state.value);
  if (Array.isArray(state.value)) state.value = (state.value as number[]).map(clamp);
  return state;
}

/** What is wrong with a value, as the end of a sentence. */
function faultOf<T extends object>(
  kind: Kind<T>,
  name: keyof T & string,
  value: unknown,
): string | undefined {
  if (!Object.hasOwn(kind.defaults, name)) {
    return `is not one of its settings: ${Object.keys(kind.defaults).join(", ")}`;
  }
  const model: unknown = kind.defaults[name];
  if (value === null && (model === null || kind.nullable?.includes(name) === true)) return undefined;
  if (kind.whole?.includes(name) === true && !Number.isInteger(value)) return "must be a whole number";
  if (model === null) return undefined;
  if (typeof model === "number" && !Number.isFinite(value)) return "must be a number";
  if (Array.isArray(model)) return Array.isArray(value) ? undefined : "must be a list";
  const wanted = typeof model;
  if (wanted === "string" || wanted === "boolean") {
    return typeof value === wanted ? undefined : `must be a ${wanted}`;
  }
  return undefined;
}

function refuse(kind: string, name: string, value: unknown, fault: string): never {
  const got = inspect(value, { depth: 0, maxStringLength: 40, breakLength: Infinity });
  const tail = fault.startsWith("must") ? `, got ${got}` : "";
  throw new KernelError("E_USAGE", `${kind}: ${name} ${fault}${tail}.`, {
    hint: "The types of a widget's settings are in its options; hover over it to see them.",
  });
}
