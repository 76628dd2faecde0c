import { apply, defineOp, Tensor, type Sample } from "../graph/index.js";
import { fromNumbers, isFloat, isInteger, isUnsigned, toNumbers, type DType } from "../tensor/index.js";

type CastAttrs = { readonly to: string };

/** The same values in another dtype: floats round to nearest even, floats to integers truncate. */
export const castOp = defineOp<CastAttrs>({
  name: "cast",
  doc: "The same values in another dtype.",
  traits: ["elementwise"],
  shape: ([x], { to }) => [{ shape: x.shape, dtype: to as DType }],
  vjp: ({ inputs: [x], grads: [g] }) => [g && isFloat(x.dtype) ? cast(g, x.dtype) : undefined],
  // Only narrow types round here: the oracle computes float32 graphs in double precision.
  reference: ([x], { to }) => [
    to === "float32" || to === "float64"
      ? x.data.slice()
      : toNumbers(fromNumbers(x.data, x.shape, to as DType)),
  ],
  samples: () => CAST_TYPES.flatMap((from) => CAST_TYPES.map((to) => sample(from, to))),
});

const CAST_TYPES: readonly DType[] = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int8",
  "uint8",
  "int4",
  "uint4",
  "int32",
  "int64",
  "uint32",
  "bool",
];

/** Values of `from` that `to` can tell apart: fractions, ties of half floats, integers that wrap. */
function sample(from: DType, to: DType): Sample<CastAttrs> {
  const fractions = [1.5, 2.75, 0.3333333432674408, 1.00390625, 6.99];
  const whole = isInteger(to) ? [300, -7, 65537, 9, -129] : [1, -2, 0, 7, -8];
  const raw = isFloat(from) ? (isUnsigned(to) ? fractions : [...fractions, -1.5, 0]) : whole;
  const values = [...toNumbers(fromNumbers(raw, [raw.length], from))];
  return { inputs: [{ shape: [values.length], dtype: from, values }], attrs: { to } };
}

/**
 * The same values in another dtype; the gradient is converted back.
 *
 * - to float16 and bfloat16: rounded to nearest, halves to even
 * - floats to integers: cut toward zero; a float outside the integer's range, infinity and NaN give no defined number
 * - integers to integers: modulo 2^bits, so that −1 becomes the largest unsigned number
 * - to bool: everything but 0 is true, NaN too
 *
 * int4 and uint4 take a byte a value in memory and can be moved and converted, not computed with. Arithmetic on bfloat16
 * (and, on the CPU, on float16) is done in float32, its result rounded after each op.
 *
 * @example tensor([1.7, -1.7]).cast("int32") // [1, -1]
 */
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply(castOp, [x], { to }));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Converts to another dtype. */
    cast(to: DType): Tensor;
  }
}
Tensor.prototype.cast = function (this: Tensor, to: DType) {
  return cast(this, to);
};
