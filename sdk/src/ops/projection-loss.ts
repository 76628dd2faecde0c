import { applyAll, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { addDefined } from "./add.js";
import { lossesOfRows } from "./cross-entropy.js";
import { gather } from "./gather.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { reshape } from "./reshape.js";
import { scatterAdd } from "./scatter-add.js";
import { softmaxPullback } from "./softmax.js";
import { sub } from "./sub.js";
import { transpose } from "./transpose.js";

/**
 * Projection to a vocabulary and the loss of each row's target in one op. Knowing both, its gradient never
 * writes p − onehot: with P the probabilities, d/dx = P·W − W[target] and d/dW = Pᵀx − (x added at the targets),
 * which saves passes over [N, V] – the largest array of a small model's step – and weights rows at [N, D].
 */
export const projectionLossOp = defineOp<Record<string, never>>({
  name: "projectionLoss",
  doc: "−ln softmax(x Wᵀ)[target] for each row; outputs losses [N] and probabilities [N, V].",
  traits: ["contraction"],
  flops: ([x], [, p]) => sizeOf(p.shape) * (2 * x.shape[1] + 5),
  shape: ([x, w, targets]) => {
    const rows = x.shape.slice(0, 1);
    const fits = x.shape.length === 2 && w.shape.length === 2 && x.shape[1] === w.shape[1];
    if (!fits || targets.dtype !== "int32" || !sameShape(targets.shape, rows)) {
      throw new GradlabError(
        "E_SHAPE",
        `projectionLosses: x ${specText(x)}, weight ${specText(w)} and targets ${specText(targets)} do not fit; expected [N, D], [V, D] and int32 [N].`,
      );
    }
    return [
      { shape: rows, dtype: x.dtype },
      { shape: [x.shape[0], w.shape[0]], dtype: x.dtype },
    ];
  },
  vjp: ({ inputs: [x, w, targets], outputs: [, p], grads: [g, gp], need }) => {
    const rowWeight = g && reshape(g, [-1, 1]);
    const dlogits = gp && softmaxPullback(p, gp);
    const dx = (): Tensor | undefined =>
      addDefined(
        rowWeight && mul(sub(matmul(p, w), gather(w, targets)), rowWeight),
        dlogits && matmul(dlogits, w),
      );
    const dw = (): Tensor | undefined => {
      const weighted = rowWeight && mul(x, rowWeight);
      // (xᵀP)ᵀ rather than Pᵀx: the product then transposes the narrow operand.
      return addDefined(
        weighted && scatterAdd(transpose(matmul(weighted, p, { transA: true })), targets, neg(weighted)),
        dlogits && matmul(dlogits, x, { transA: true }),
      );
    };
    return [need[0] ? dx() : undefined, need[1] ? dw() : undefined, undefined];
  },
  reference: ([x, w, targets]) => {
    const [rows, width] = x.shape;
    const classes = w.shape[0];
    const logits = Float64Array.from({ length: rows * classes }, (_, at) => {
      const [row, column] = [Math.floor(at / classes), at % classes];
      let dot = 0;
      for (let i = 0; i < width; i++) dot += x.data[row * width + i] * w.data[column * width + i];
      return dot;
    });
    return lossesOfRows(logits, classes, targets.data);
  },
  samples: () => [
    {
      inputs: [
        { shape: [3, 2], dtype: "float32" },
        { shape: [4, 2], dtype: "float32" },
        { shape: [3], dtype: "int32", values: [0, 3, 3] },
      ],
      attrs: {},
    },
  ],
});

/**
 * −ln softmax(x Wᵀ)[target] for each row: a language model's head and loss together.
 *
 * @param x       [N, D]
 * @param weight  [V, D]
 * @param targets int32 [N], each in 0 … V−1
 * @returns [N], nats
 * @throws E_SHAPE; E_INDEX (at run time) for a target outside 0 … V−1
 * @cost 2·N·D·V flop forward, twice that backward
 * @example projectionLosses(zeros([1, 2]), zeros([4, 2]), tensor([0], { dtype: "int32" })) // ln 4
 */
export const projectionLosses = (x: Tensor, weight: Tensor, targets: Tensor): Tensor =>
  applyAll(projectionLossOp, [x, weight, targets], {})[0];
