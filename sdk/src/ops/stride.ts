import { apply, defineOp, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { stridesOf } from "../tensor/index.js";
import { pad } from "./pad.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

type StrideAttrs = { readonly axis: number; readonly step: number };

/** Elements 0, step, 2·step, … along one axis. */
export const strideOp = defineOp<StrideAttrs>({
  name: "stride",
  doc: "Elements 0, step, 2·step, … along one axis.",
  traits: ["movement", "linear"],
  shape: ([x], { axis, step }) => {
    if (!Number.isInteger(step) || step < 1) {
      throw new GradlabError("E_INDEX", `slice: a step of ${step} does not go forward.`, {
        hint: "Steps are whole numbers from 1 on; turn an axis round with .flip().",
      });
    }
    return [{ shape: x.shape.map((dim, i) => (i === axis ? Math.ceil(dim / step) : dim)), dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], grads: [g], attrs: { axis, step } }) => [g && spread(g, axis, step, x.shape[axis])],
  reference: ([x], { axis, step }, [out]) => {
    const inner = stridesOf(x.shape)[axis];
    const [from, to] = [x.shape[axis], out.shape[axis]];
    const source = (flat: number): number => {
      const row = Math.floor(flat / inner);
      return (Math.floor(row / to) * from + (row % to) * step) * inner + (flat % inner);
    };
    return [Float64Array.from({ length: (x.data.length / from) * to }, (_, flat) => x.data[source(flat)])];
  },
  samples: () => [
    { inputs: [{ shape: [2, 5, 3], dtype: "float32" }], attrs: { axis: 1, step: 2 } },
    { inputs: [{ shape: [6], dtype: "uint8", low: 0, high: 255 }], attrs: { axis: 0, step: 3 } },
  ],
});

/** Zeros between the elements of an axis, as many as the stride had left out. */
function spread(g: Tensor, axis: number, step: number, length: number): Tensor {
  const { shape } = g;
  const apart = reshape(g, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  const padded = pad(apart, { axis: axis + 1, before: 0, after: step - 1 });
  const joined = reshape(padded, [...shape.slice(0, axis), shape[axis] * step, ...shape.slice(axis + 1)]);
  return slice(joined, 0, length, axis);
}

/** Elements 0, step, 2·step, … along an axis. */
export const stride = (x: Tensor, step: number, axis: number): Tensor =>
  step === 1 ? x : apply(strideOp, [x], { axis, step });
