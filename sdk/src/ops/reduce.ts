import { GradlabError } from "../errors.js";
import { specText, type Spec } from "../graph/index.js";
import { normalizeAxis, sizeOf, stridesOf, type Shape } from "../tensor/index.js";

export interface ReduceOptions {
  /** Axes to fold; all when absent. Negative ones count from the end. */
  readonly axes?: number | readonly number[];
  /** Keep folded axes with length 1. Default false. */
  readonly keepDims?: boolean;
}

export type ReduceAttrs = { readonly axes: readonly number[]; readonly keepDims: boolean };

export function reduceAttrs(operation: string, rank: number, options: ReduceOptions): ReduceAttrs {
  const { axes: asked, keepDims = false } = options;
  if (asked === undefined) return { axes: Array.from({ length: rank }, (_, axis) => axis), keepDims };
  if (typeof asked === "number") return { axes: [normalizeAxis(operation, asked, rank)], keepDims };
  const axes = new Set(asked.map((axis) => normalizeAxis(operation, axis, rank)));
  return { axes: [...axes].sort((a, b) => a - b), keepDims };
}

export const reducedShape = (shape: Shape, { axes, keepDims }: ReduceAttrs): number[] =>
  keepDims
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis));

/** Folds `data` over axes by a binary function, in row-major order. */
export function foldAxes(
  data: Float64Array,
  shape: Shape,
  axes: readonly number[],
  start: number,
  fold: (total: number, x: number) => number,
): Float64Array {
  const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const keptStrides = stridesOf(kept);
  const strides = stridesOf(shape);
  const out = new Float64Array(sizeOf(kept)).fill(start);
  for (let flat = 0; flat < data.length; flat++) {
    let target = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      if (kept[axis] !== 1) target += (Math.floor(flat / strides[axis]) % shape[axis]) * keptStrides[axis];
    }
    out[target] = fold(out[target], data[flat]);
  }
  return out;
}

/** @throws E_SHAPE when there is nothing to choose from: only sums and products of nothing have a value */
export function requireElements(operation: string, x: Spec, axes: readonly number[]): void {
  if (sizeOf(axes.map((axis) => x.shape[axis])) > 0) return;
  throw new GradlabError(
    "E_SHAPE",
    `${operation}: nothing to choose from in ${specText(x)} over axes [${axes.join(", ")}].`,
    {
      hint: "Reduce over axes that have elements.",
    },
  );
}

export interface AxisOptions {
  /** The axis; without it all elements count as one row. Negative ones count from the end. */
  readonly axis?: number;
  /** Keep the axis with length 1. Default false. */
  readonly keepDims?: boolean;
}
