// weight rows → packed integers and scales
import { dynamicInt8 } from "./dynamic-int8.js";
import { int4WeightOnly } from "./int4-weight-only.js";
import type { BlockMethod } from "./method.js";

/** What a method does with each kind of layer. */
interface MethodRecipe {
  readonly linear: BlockMethod;
  /** For the token table and the head: what every prediction passes through. */
  readonly table: BlockMethod;
}

/** Every method by name. Four-bit models keep the token table and the head at eight bits, as llama.cpp does. */
export const QUANT_METHODS = {
  dynamic_int8: { linear: dynamicInt8, table: dynamicInt8 },
  int4_weight_only: { linear: int4WeightOnly, table: dynamicInt8 },
} as const satisfies Readonly<Record<string, MethodRecipe>>;

export type QuantMethod = keyof typeof QUANT_METHODS;

export type { FittedBlocks, WeightRows } from "./blocks.js";
export type { BlockMethod } from "./method.js";
