import { inspect } from "node:util";
import type { Json } from "./host.js";
import type { Kind } from "./widget.js";

const PREFIX = "IPY_MODEL_";

/** `readoutFormat` → `readout_format`, as the models in the front end call it; `_x` stays. */
export function toPython(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A widget of any kind. */
export interface AnyWidget {
  readonly modelId: string;
  wireState(): Json;
  attach(): void;
  close(): void;
}

export function isWidget(value: unknown): value is AnyWidget {
  return typeof value === "object" && value !== null && "modelId" in value && "wireState" in value;
}

/** Widgets in a value → references to their models. */
export function pack(value: unknown): unknown {
  if (isWidget(value)) return PREFIX + value.modelId;
  if (Array.isArray(value)) return value.map(pack);
  return value;
}

/** References → widgets; what no widget answers to stays text. */
export function unpack(value: unknown, widgets: ReadonlyMap<string, AnyWidget>): unknown {
  if (Array.isArray(value)) return value.map((item) => unpack(item, widgets));
  if (typeof value !== "string" || !value.startsWith(PREFIX)) return value;
  return widgets.get(value.slice(PREFIX.length)) ?? value;
}

/** Attaches every widget among the values, and those inside them. */
export function attachTree(values: readonly unknown[]): void {
  for (const value of values.flat()) if (isWidget(value)) value.attach();
}

/** `IntSlider(value=3, max=10)`: what differs from the defaults, for where widgets cannot be shown. */
export function describe<T extends object>(kind: Kind<T>, state: T): string {
  const told = (Object.keys(kind.defaults) as (keyof T & string)[])
    .filter((key) => !["layout", "style", "msgId", "outputs"].includes(key) && state[key] !== null)
    .sort((a, b) => Number(b === "value") - Number(a === "value"))
    .filter((key) => key === "value" || inspect(state[key]) !== inspect(kind.defaults[key]))
    .map((key) => `${key}=${inspect(state[key], { depth: 3, breakLength: Infinity, maxStringLength: 100 })}`);
  return `${kind.name}(${told.join(", ")})`;
}
