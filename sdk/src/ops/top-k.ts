import { applyAll, defineOp, Tensor, type Sample } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis, stridesOf } from "../tensor/index.js";
import { zeros } from "./constant.js";
import { requireKind } from "./kind.js";
import { scatterElementsAdd } from "./scatter-elements-add.js";

type TopKAttrs = { readonly k: number; readonly axis: number; readonly largest: boolean };

/** NaN is as large as can be. */
const keyOf = (value: number): number => (Number.isNaN(value) ? Infinity : value);

/** Ascending; two infinite numbers are equal, though their difference is not 0. */
const compare = (a: number, b: number): number => (a < b ? -1 : Number(a > b));

/** The k largest (or smallest) along an axis in order, and where they were; equal ones by position. */
export const topKOp = defineOp<TopKAttrs>({
  name: "topK",
  doc: "The k largest (or smallest) along an axis, in order, and their positions; equal ones by position.",
  traits: [],
  shape: ([x], { k, axis }) => {
    requireKind("topK", [x], "number");
    if (!Number.isInteger(k) || k < 1 || k > x.shape[axis]) {
      throw new GradlabError(
        "E_INDEX",
        `topK: there are no ${k} of [${x.shape.join(", ")}] along axis ${axis}.`,
        {
          hint: "k is a whole number from 1 to the length of the axis.",
        },
      );
    }
    const shape = x.shape.map((dim, i) => (i === axis ? k : dim));
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
  vjp: ({ inputs: [x], outputs: [, index], grads: [g], attrs: { axis } }) => [
    g && scatterElementsAdd(zeros(x.shape, x.dtype), index, g, axis),
  ],
  reference: ([x], { k, axis, largest }, [out]) => {
    const [from, to] = [stridesOf(x.shape)[axis], stridesOf(out.shape)[axis]];
    const values = new Float64Array(x.data.length === 0 ? 0 : (x.data.length / x.shape[axis]) * k);
    const index = new Float64Array(values.length);
    for (let row = 0; row < values.length / k; row++) {
      const start = Math.floor(row / from) * from * x.shape[axis] + (row % from);
      const target = Math.floor(row / to) * to * k + (row % to);
      const at = (i: number): number => x.data[start + i * from];
      const key = (i: number): number => keyOf(at(i));
      const order = Array.from({ length: x.shape[axis] }, (_, i) => i);
      order.sort((a, b) => (largest ? compare(key(b), key(a)) : compare(key(a), key(b))) || a - b);
      for (let i = 0; i < k; i++) {
        index[target + i * to] = order[i];
        values[target + i * to] = at(order[i]);
      }
    }
    return [values, index];
  },
  samples: () => [
    sample([2, 5], { k: 3, axis: 1, largest: true }),
    sample([3, 4, 2], { k: 4, axis: 1, largest: false }),
    {
      inputs: [{ shape: [6], dtype: "uint32", values: [3, 1, 3, 4294967295, 1, 2] }],
      attrs: { k: 6, axis: 0, largest: false },
    },
    {
      inputs: [{ shape: [5], dtype: "int32", values: [3, -1, 3, 3, -7] }],
      attrs: { k: 4, axis: 0, largest: true },
    },
  ],
});

const sample = (shape: readonly number[], attrs: TopKAttrs): Sample<TopKAttrs> => ({
  inputs: [{ shape, dtype: "float32" }],
  attrs,
});

export interface TopKOptions {
  /** The axis; negative ones count from the end. Default −1. */
  readonly axis?: number;
  /** The largest first; false gives the smallest, smallest first. Default true. */
  readonly largest?: boolean;
}

/**
 * The k largest (or smallest) elements along an axis in order, and their positions. Equal ones keep their order; NaN
 * counts as +∞ (on WebGPU its place is not defined). Gradients flow to the elements chosen.
 *
 * @returns values, and indices int32, of x's shape with k along the axis
 * @throws E_INDEX for an axis outside the rank, or a k outside 1 … length; E_DTYPE for truth values
 * @example topK(tensor([1, 5, 3]), 2).values // [5, 3]
 */
export function topK(x: Tensor, k: number, options: TopKOptions = {}): { values: Tensor; indices: Tensor } {
  const { axis = -1, largest = true } = options;
  const [values, indices] = applyAll(topKOp, [x], { k, axis: normalizeAxis("topK", axis, x.rank), largest });
  return { values, indices };
}

export interface SortOptions {
  /** The axis; negative ones count from the end. Default −1. */
  readonly axis?: number;
  /** Largest first. Default false. */
  readonly descending?: boolean;
}

function sorted(operation: string, x: Tensor, options: SortOptions): { values: Tensor; indices: Tensor } {
  const { axis = -1, descending = false } = options;
  const along = normalizeAxis(operation, axis, x.rank);
  return topK(x, x.shape[along], { axis: along, largest: descending });
}

/**
 * The elements along an axis in ascending (or descending) order. Equal ones keep their order; NaN counts as +∞, so it
 * comes last (or first). Gradients follow the permutation.
 *
 * @throws E_INDEX for an axis outside the rank; E_DTYPE for truth values
 * @example tensor([3, 1, 2]).sort() // [1, 2, 3]
 */
export const sort = (x: Tensor, options: SortOptions = {}): Tensor => sorted("sort", x, options).values;

/**
 * The positions that put an axis in ascending (or descending) order, int32. Equal elements keep their order; NaN counts
 * as +∞.
 *
 * @throws E_INDEX for an axis outside the rank; E_DTYPE for truth values
 * @example tensor([3, 1, 2]).argSort() // [1, 2, 0]
 */
export const argSort = (x: Tensor, options: SortOptions = {}): Tensor =>
  sorted("argSort", x, options).indices;

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The k largest (or smallest) along an axis, and their positions. */
    topK(k: number, options?: TopKOptions): { values: Tensor; indices: Tensor };
    /** The elements along an axis (the last by default) in order. */
    sort(options?: SortOptions): Tensor;
    /** The positions that put an axis in order, int32. */
    argSort(options?: SortOptions): Tensor;
  }
}
Tensor.prototype.topK = function (this: Tensor, k: number, options?: TopKOptions) {
  return topK(this, k, options);
};
Tensor.prototype.sort = function (this: Tensor, options?: SortOptions) {
  return sort(this, options);
};
Tensor.prototype.argSort = function (this: Tensor, options?: SortOptions) {
  return argSort(this, options);
};
