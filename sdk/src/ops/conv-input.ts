import { apply, defineOp, specText, type OpDefinition, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf, type Shape } from "../tensor/index.js";
import { convOp, transposeSamples } from "./conv.js";
import { convolvedShape, forEachProduct, windowOnly, type ConvAttrs } from "./conv-geometry.js";
import { convWeight } from "./conv-weight.js";

/** The spatial sizes cannot be told from y's alone where the stride skipped a rest, so they are given. */
export type ConvInputAttrs = ConvAttrs & { readonly sizes: readonly number[] };

/** The transpose of conv in its input: every y[k] is spread over the x[i] it came from. */
export const convInputOp: OpDefinition<ConvInputAttrs> = defineOp<ConvInputAttrs>({
  name: "convInput",
  doc: "The transpose of conv in its input, also known as transposed convolution: y [N, O, …], w [O, C/groups, …] → x [N, C, …].",
  traits: ["contraction", "linear"],
  flops: ([y, w]) => 2 * sizeOf(y.shape) * sizeOf(w.shape.slice(1)),
  shape: ([y, w], { sizes, ...attrs }) => {
    const x = { shape: [y.shape[0], w.shape[1] * attrs.groups, ...sizes], dtype: y.dtype };
    if (!sameShape(convolvedShape("convTranspose", x, w, attrs), y.shape)) {
      throw new GradlabError(
        "E_SHAPE",
        `convTranspose: x ${specText(y)} and weight ${specText(w)} do not give ${specText(x)}.`,
      );
    }
    return [x];
  },
  vjp: ({ inputs: [y, w], grads: [g], attrs, need }) => [
    g && need[0] ? apply(convOp, [g, w], windowOnly(attrs)) : undefined,
    g && need[1] ? convWeight(g, y, w.shape.slice(2), windowOnly(attrs)) : undefined,
  ],
  reference: ([y, w], attrs, [{ shape }]) => {
    const x = new Float64Array(sizeOf(shape));
    forEachProduct({ x: shape, w: w.shape, y: y.shape }, attrs, (i, j, k) => (x[i] += y.data[k] * w.data[j]));
    return [x];
  },
  samples: () =>
    transposeSamples(({ x, w, y }, attrs) => ({
      inputs: [y, w],
      attrs: { ...attrs, sizes: x.shape.slice(2) },
    })),
});

/** What conv takes to y, given back by the transpose. @param sizes x's spatial sizes */
export const convInput = (y: Tensor, w: Tensor, sizes: Shape, attrs: ConvAttrs): Tensor =>
  apply(convInputOp, [y, w], { ...attrs, sizes: [...sizes] });
