import { apply, defineOp, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { requireKind } from "./kind.js";
import { greaterEqual } from "./greater-equal.js";
import { lessEqual } from "./less-equal.js";
import { where } from "./where.js";

type ClipAttrs = { readonly min: number; readonly max: number };

/** x held between two bounds. */
export const clipOp = defineOp<ClipAttrs>({
  name: "clip",
  doc: "min(max(x, low), high); the gradient passes where low ≤ x ≤ high.",
  traits: ["elementwise"],
  shape: ([x], { min, max }) => {
    requireKind("clip", [x], "number");
    if (!(min <= max)) {
      throw new GradlabError("E_CONFIG", `clip: min ${min} is not below max ${max}.`, {
        hint: "Leave one of them out to bound one side only.",
      });
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], grads: [g], attrs: { min, max } }) => {
    if (!g) return [];
    const above = min > -Infinity ? where(greaterEqual(x, min), g, 0) : g;
    return [max < Infinity ? where(lessEqual(x, max), above, 0) : above];
  },
  reference: ([x], { min, max }) => [x.data.map((value) => Math.min(Math.max(value, min), max))],
  samples: () => [
    {
      inputs: [{ shape: [2, 3], dtype: "float32", values: [-2, -0.5, 0.1, 0.4, 0.7, 3] }],
      attrs: { min: -1, max: 0.5 },
    },
    {
      inputs: [{ shape: [4], dtype: "float32", values: [-2, -0.5, 0.1, 3] }],
      attrs: { min: -1, max: Infinity },
    },
    {
      inputs: [{ shape: [4], dtype: "bfloat16", values: [-2, -0.5, 0.125, 3] }],
      attrs: { min: -Infinity, max: 1 },
    },
    { inputs: [{ shape: [4], dtype: "int32", values: [-9, 0, 4, 2] }], attrs: { min: -1, max: 3 } },
  ],
});

export interface ClipOptions {
  /** Lower bound. Default none. */
  readonly min?: number;
  /** Upper bound. Default none. */
  readonly max?: number;
}

/**
 * x held between two bounds: min(max(x, low), high). The gradient passes where low ≤ x ≤ high. For bounds that
 * are tensors use maximum and minimum.
 *
 * @throws E_CONFIG when min > max; E_DTYPE for truth values
 * @example tensor([-3, 0.5, 3]).clip({ min: -1, max: 1 }) // [-1, 0.5, 1]
 */
export const clip = (x: Tensor, { min = -Infinity, max = Infinity }: ClipOptions): Tensor =>
  apply(clipOp, [x], { min, max });

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Values held between two bounds. */
    clip(options: ClipOptions): Tensor;
  }
}
Tensor.prototype.clip = function (this: Tensor, options: ClipOptions) {
  return clip(this, options);
};
