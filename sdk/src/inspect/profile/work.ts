import type { Node, Spec } from "../../graph/index.js";
import { byteSize, sizeOf } from "../../tensor/index.js";

/**
 * Arithmetic operations of a node: its op's own count, or what its traits suggest – one for each element of
 * the result, for each element of what a reduction folds, none for moving values, 2·K for each element of a product.
 */
export function flopsOf({ op, inputs, outputs, attrs }: Node): number {
  if (op.flops) return op.flops(inputs, outputs, attrs);
  const has = (trait: (typeof op.traits)[number]): boolean => op.traits.includes(trait);
  if (has("movement") || has("view") || has("leaf") || inputs.length === 0) return 0;
  if (has("reduction")) return sizeOf(inputs[0].shape);
  const factor = has("contraction") ? 2 * (inputs[0].shape.at(-1) ?? 1) : 1;
  return factor * sizeOf(outputs[0].shape);
}

/** Bytes of everything a node reads and writes, each once; nothing for a view, which shares memory. */
export function bytesOf({ op, inputs, outputs }: Node): number {
  if (op.traits.includes("view")) return 0;
  return [...inputs, ...outputs].reduce((total, spec) => total + specBytes(spec), 0);
}

export const specBytes = ({ dtype, shape }: Spec): number => byteSize(dtype) * sizeOf(shape);
