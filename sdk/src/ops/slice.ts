import { apply, defineOp, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis, sizeOf, stridesOf, type Shape } from "../tensor/index.js";
import { pad } from "./pad.js";
import { stride } from "./stride.js";

type SliceAttrs = { readonly axis: number; readonly start: number; readonly end: number };

/** Elements start … end−1 along one axis. */
export const sliceOp = defineOp<SliceAttrs>({
  name: "slice",
  doc: "Elements start … end−1 along one axis.",
  traits: ["movement", "linear"],
  shape: ([x], { axis, start, end }) => {
    if (start < 0 || end > x.shape[axis] || start > end) {
      throw new GradlabError(
        "E_INDEX",
        `slice: ${start}…${end} lies outside axis ${axis} of [${x.shape.join(", ")}].`,
      );
    }
    return [{ shape: x.shape.map((dim, i) => (i === axis ? end - start : dim)), dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], grads: [g], attrs: { axis, start, end } }) => [
    g && pad(g, { axis, before: start, after: x.shape[axis] - end }),
  ],
  reference: ([x], { axis, start }, [out]) => [copyAxis(x.data, x.shape, out.shape, axis, -start)],
  samples: () => [{ inputs: [{ shape: [2, 5, 3], dtype: "float32" }], attrs: { axis: 1, start: 1, end: 4 } }],
});

/** out[…, i + shift, …] = in[…, i, …] wherever that lies inside; the rest stays zero. */
export function copyAxis(
  data: Float64Array,
  from: Shape,
  to: Shape,
  axis: number,
  shift: number,
): Float64Array {
  const out = new Float64Array(sizeOf(to));
  const inner = stridesOf(from)[axis];
  const outer = sizeOf(from.slice(0, axis));
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < from[axis]; i++) {
      if (i + shift < 0 || i + shift >= to[axis]) continue;
      const source = (o * from[axis] + i) * inner;
      out.set(data.subarray(source, source + inner), (o * to[axis] + i + shift) * inner);
    }
  }
  return out;
}

/**
 * Elements start … end−1 along an axis (0 by default), every `step`-th of them; negative positions count from the
 * end. To go backwards see flip.
 *
 * @throws E_INDEX when the range leaves the axis, or for a step that is no whole number above 0
 * @example
 * zeros([5, 2]).slice(1, 3).shape; // [2, 2]
 * tensor([0, 1, 2, 3, 4]).slice(0, 5, 0, 2); // [0, 2, 4]
 */
export function slice(x: Tensor, start: number, end?: number, axis = 0, step = 1): Tensor {
  const along = normalizeAxis("slice", axis, x.rank);
  const length = x.shape[along];
  const place = (position: number): number => (position < 0 ? position + length : position);
  const part = apply(sliceOp, [x], { axis: along, start: place(start), end: place(end ?? length) });
  return stride(part, step, along);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Elements start … end−1 along an axis (0 by default), every `step`-th of them. */
    slice(start: number, end?: number, axis?: number, step?: number): Tensor;
  }
}
Tensor.prototype.slice = function (this: Tensor, start: number, end?: number, axis?: number, step?: number) {
  return slice(this, start, end, axis, step);
};
