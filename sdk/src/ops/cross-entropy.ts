import { apply, applyAll, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { addDefined } from "./add.js";
import { div } from "./div.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { softmaxPullback, softmaxRows } from "./softmax.js";
import { sum } from "./sum.js";

type NoAttrs = Record<string, never>;

/** −ln softmax(logits)[target] for each row; also gives the probabilities, which the gradient reads. */
export const tokenLossOp = defineOp<NoAttrs>({
  name: "tokenLoss",
  doc: "−ln softmax(logits)[target] for each row; outputs losses [N] and probabilities [N, V].",
  traits: [],
  shape: ([logits, targets]) => {
    if (
      logits.shape.length !== 2 ||
      targets.dtype !== "int32" ||
      !sameShape(targets.shape, logits.shape.slice(0, 1))
    ) {
      throw new GradlabError(
        "E_SHAPE",
        `crossEntropy: logits ${specText(logits)} and targets ${specText(targets)} do not fit; expected [N, V] and int32 [N].`,
      );
    }
    return [
      { shape: targets.shape, dtype: logits.dtype },
      { shape: logits.shape, dtype: logits.dtype },
    ];
  },
  vjp: ({ inputs: [, targets], outputs: [, p], grads: [g, gp] }) => [
    addDefined(
      g && mul(apply(subtractOneHotOp, [p, targets], {}), reshape(g, [-1, 1])),
      gp && softmaxPullback(p, gp),
    ),
    undefined,
  ],
  reference: ([logits, targets]) => lossesOfRows(logits.data, logits.shape[1], targets.data),
  samples: () => [
    {
      inputs: [
        { shape: [3, 4], dtype: "float32" },
        { shape: [3], dtype: "int32", values: [0, 3, 1] },
      ],
      attrs: {},
    },
  ],
});

/** Losses and probabilities in double precision. @throws E_INDEX for a target that is no class */
export function lossesOfRows(
  logits: Float64Array,
  width: number,
  targets: Float64Array,
): [Float64Array, Float64Array] {
  const p = softmaxRows(logits, width);
  const losses = Float64Array.from(targets, (target, row) => {
    if (target < 0 || target >= width) {
      throw new GradlabError("E_INDEX", `crossEntropy: target ${target} is outside the ${width} classes.`);
    }
    return -Math.log(p[row * width + target]);
  });
  return [losses, p];
}

/** p − onehot(target): the gradient of the row losses with respect to the logits. */
export const subtractOneHotOp = defineOp<NoAttrs>({
  name: "subtractOneHot",
  doc: "p − onehot(target), row by row.",
  traits: ["linear"],
  shape: ([p]) => [{ shape: p.shape, dtype: p.dtype }],
  vjp: ({ grads: [g] }) => [g],
  reference: ([p, targets]) => {
    const out = p.data.slice();
    targets.data.forEach((target, row) => (out[row * p.shape[1] + target] -= 1));
    return [out];
  },
  samples: () => [
    {
      inputs: [
        { shape: [3, 4], dtype: "float32" },
        { shape: [3], dtype: "int32", values: [0, 3, 1] },
      ],
      attrs: {},
    },
  ],
});

/** −ln softmax(logits)[target] for each row. @returns [N], nats */
export const tokenLosses = (logits: Tensor, targets: Tensor): Tensor =>
  applyAll(tokenLossOp, [logits, targets], {})[0];

/**
 * Mean cross-entropy in nats: −Σ wᵢ ln softmax(logitsᵢ)[targetᵢ] / Σ wᵢ.
 *
 * @param logits  [N, V] (or […, V])
 * @param targets int32 [N] (or […]), each in 0 … V−1
 * @param options.weights float [N]: 0 leaves a position out (padding, prompts). Default all ones.
 * @throws E_SHAPE; E_INDEX (at run time) for a target outside 0 … V−1
 * @source values: tests/golden/layers.json
 * @example crossEntropy(zeros([1, 2]), tensor([0], { dtype: "int32" })) // ln 2 = 0.693…
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  options: { readonly weights?: Tensor } = {},
): Tensor {
  const rows = reshape(logits, [-1, logits.shape[logits.rank - 1]]);
  const losses = tokenLosses(rows, reshape(targets, [rows.shape[0]]));
  if (!options.weights) return mean(losses);
  const weights = reshape(options.weights, [rows.shape[0]]);
  return div(sum(mul(losses, weights)), sum(weights));
}
