import { apply, defineOp, type Tensor } from "../graph/index.js";
import { copyAxis, slice } from "./slice.js";

type PadAttrs = { readonly axis: number; readonly before: number; readonly after: number };

/** Zeros before and after along one axis. */
export const padOp = defineOp<PadAttrs>({
  name: "pad",
  doc: "Zeros before and after along one axis.",
  traits: ["linear"],
  shape: ([x], { axis, before, after }) => [
    { shape: x.shape.map((dim, i) => (i === axis ? before + dim + after : dim)), dtype: x.dtype },
  ],
  vjp: ({ inputs: [x], grads: [g], attrs: { axis, before } }) => [
    g && slice(g, before, before + x.shape[axis], axis),
  ],
  reference: ([x], { axis, before }, [out]) => [copyAxis(x.data, x.shape, out.shape, axis, before)],
  samples: () => [{ inputs: [{ shape: [2, 3], dtype: "float32" }], attrs: { axis: 1, before: 2, after: 1 } }],
});

/** Pads one axis with zeros. @example pad(ones([2]), { axis: 0, before: 1, after: 0 }) // [0, 1, 1] */
export const pad = (x: Tensor, attrs: PadAttrs): Tensor =>
  attrs.before === 0 && attrs.after === 0 ? x : apply(padOp, [x], attrs);
