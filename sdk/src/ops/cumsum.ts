import { apply, defineOp, Tensor } from "../graph/index.js";
import { normalizeAxis, stridesOf } from "../tensor/index.js";
import { requireKind } from "./kind.js";

type CumsumAttrs = { readonly axis: number; readonly reverse: boolean; readonly exclusive: boolean };

/** Running sums along one axis. */
export const cumsumOp = defineOp<CumsumAttrs>({
  name: "cumsum",
  doc: "Running sums along one axis.",
  traits: ["linear"],
  shape: ([x]) => {
    requireKind("cumsum", [x], "number");
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  // Element i reaches the sums from i on, so the gradient sums from the other end.
  vjp: ({ grads: [g], attrs }) => [g && cumsum(g, { ...attrs, reverse: !attrs.reverse })],
  reference: ([x], { axis, reverse, exclusive }) => {
    const out = new Float64Array(x.data.length);
    const step = stridesOf(x.shape)[axis];
    const length = x.shape[axis];
    for (let row = 0; row < out.length / length; row++) {
      const start = Math.floor(row / step) * step * length + (row % step);
      let total = 0;
      for (let i = 0; i < length; i++) {
        const at = start + (reverse ? length - 1 - i : i) * step;
        out[at] = exclusive ? total : total + x.data[at];
        total += x.data[at];
      }
    }
    return [out];
  },
  samples: () => [
    {
      inputs: [{ shape: [2, 3, 2], dtype: "float32" }],
      attrs: { axis: 1, reverse: false, exclusive: false },
    },
    { inputs: [{ shape: [2, 4], dtype: "float32" }], attrs: { axis: 1, reverse: true, exclusive: true } },
    {
      inputs: [{ shape: [3], dtype: "uint32", values: [4294967295, 2, 3] }],
      attrs: { axis: 0, reverse: false, exclusive: false },
    },
  ],
});

export interface CumsumOptions {
  /** The axis; negative ones count from the end. Default −1. */
  readonly axis?: number;
  /** Sum from the end. Default false. */
  readonly reverse?: boolean;
  /** Leave the element itself out: sums of what lies before it. Default false. */
  readonly exclusive?: boolean;
}

/**
 * Running sums along an axis: yᵢ = x₀ + … + xᵢ.
 *
 * @throws E_INDEX for an axis outside the rank; E_DTYPE for truth values
 * @example tensor([1, 2, 3]).cumsum({ exclusive: true }) // [0, 1, 3]
 */
export function cumsum(x: Tensor, options: CumsumOptions = {}): Tensor {
  const { axis = -1, reverse = false, exclusive = false } = options;
  return apply(cumsumOp, [x], { axis: normalizeAxis("cumsum", axis, x.rank), reverse, exclusive });
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Running sums along an axis (the last by default). */
    cumsum(options?: CumsumOptions): Tensor;
  }
}
Tensor.prototype.cumsum = function (this: Tensor, options?: CumsumOptions) {
  return cumsum(this, options);
};
