import { apply, defineOp, type OpDefinition, type Tensor } from "../graph/index.js";
import { sizeOf, type Shape } from "../tensor/index.js";
import { convOp, transposeSamples } from "./conv.js";
import { forEachProduct, windowOnly, type ConvAttrs } from "./conv-geometry.js";
import { convInput } from "./conv-input.js";

/** The filters' spatial sizes, which the other two arrays do not tell. */
export type ConvWeightAttrs = ConvAttrs & { readonly kernel: readonly number[] };

/** The transpose of conv in its filters: how much of each x[i] went into each y[k], summed for each element of a filter. */
export const convWeightOp: OpDefinition<ConvWeightAttrs> = defineOp<ConvWeightAttrs>({
  name: "convWeight",
  doc: "The transpose of conv in its filters: x [N, C, …], y [N, O, …] → w [O, C/groups, …].",
  traits: ["contraction", "linear"],
  flops: ([, y], [w]) => 2 * sizeOf(y.shape) * sizeOf(w.shape.slice(1)),
  shape: ([x, y], { kernel, groups }) => [
    { shape: [y.shape[1], x.shape[1] / groups, ...kernel], dtype: x.dtype },
  ],
  vjp: ({ inputs: [x, y], grads: [g], attrs, need }) => [
    g && need[0] ? convInput(y, g, x.shape.slice(2), windowOnly(attrs)) : undefined,
    g && need[1] ? apply(convOp, [x, g], windowOnly(attrs)) : undefined,
  ],
  reference: ([x, y], attrs, [{ shape }]) => {
    const w = new Float64Array(sizeOf(shape));
    forEachProduct({ x: x.shape, w: shape, y: y.shape }, attrs, (i, j, k) => (w[j] += x.data[i] * y.data[k]));
    return [w];
  },
  samples: () =>
    transposeSamples(({ x, w, y }, attrs) => ({
      inputs: [x, y],
      attrs: { ...attrs, kernel: w.shape.slice(2) },
    })),
});

/** The gradient of conv's filters. @param kernel their spatial sizes */
export const convWeight = (x: Tensor, y: Tensor, kernel: Shape, attrs: ConvAttrs): Tensor =>
  apply(convWeightOp, [x, y], { ...attrs, kernel: [...kernel] });
