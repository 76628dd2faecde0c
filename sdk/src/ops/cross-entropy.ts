import { apply, applyAll, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { add, addDefined } from "./add.js";
import { ones } from "./constant.js";
import { div } from "./div.js";
import { equal } from "./equal.js";
import { logSumExp } from "./log-sum-exp.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { softmaxPullback, softmaxRows } from "./softmax.js";
import { square } from "./square.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { where } from "./where.js";

type NoAttrs = Record<string, never>;

/** −ln softmax(logits)[target] for each row; also gives the probabilities, which the gradient reads. */
export const tokenLossOp = defineOp<NoAttrs>({
  name: "tokenLoss",
  doc: "−ln softmax(logits)[target] for each row; outputs losses [N] and probabilities [N, V].",
  traits: [],
  flops: ([logits]) => 5 * sizeOf(logits.shape),
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

export interface CrossEntropyOptions {
  /** Float [N] (or […]): 0 leaves a position out (padding, prompts). Default all ones. */
  readonly weights?: Tensor;
  /** A target that marks positions to leave out; it need not be a class. Default none. */
  readonly ignoreIndex?: number;
  /** Part ε of each target that is spread over all classes. Default 0. */
  readonly labelSmoothing?: number;
  /** Factor z of ln²Z, which keeps the normalizer Z = Σ exp(logits) near 1; PaLM uses 1e-4. Default 0. */
  readonly zLoss?: number;
}

/**
 * Mean cross-entropy in nats: Σ wᵢ lossᵢ / Σ wᵢ over the positions that count, with
 * lossᵢ = −(1 − ε) ln pᵢ[targetᵢ] − ε/V Σ_c ln pᵢ[c] + z ln² Zᵢ, pᵢ = softmax(logitsᵢ) and Zᵢ = Σ exp(logitsᵢ).
 *
 * @param logits  [N, V] (or […, V])
 * @param targets int32 [N] (or […]), each in 0 … V−1 (or `ignoreIndex`)
 * @returns a scalar; NaN when no position counts, as 0/0
 * @throws E_SHAPE; E_CONFIG for smoothing outside 0 … 1; E_INDEX (at run time) for a target outside 0 … V−1
 * @source Szegedy et al. 2016, §7 (smoothing); Chowdhery et al. 2022, §5 (z-loss);
 *   values: tests/golden/layers.json, losses.json
 * @example crossEntropy(zeros([1, 2]), tensor([0], { dtype: "int32" })) // ln 2 = 0.693…
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { ignoreIndex } = options;
  const rows = reshape(logits, [-1, logits.shape[logits.rank - 1]]);
  const flat = reshape(targets, [rows.shape[0]]);
  const given = options.weights && reshape(options.weights, [rows.shape[0]]);
  const ignored = ignoreIndex === undefined ? undefined : equal(flat, ignoreIndex);
  const losses = regularized(rows, ignored ? where(ignored, 0, flat) : flat, options);
  const weights = ignored ? where(ignored, 0, given ?? ones(flat.shape, rows.dtype)) : given;
  return weights ? div(sum(mul(losses, weights)), sum(weights)) : mean(losses);
}

/** Losses of rows with the targets smoothed and the normalizer held. */
function regularized(
  rows: Tensor,
  targets: Tensor,
  { labelSmoothing = 0, zLoss = 0 }: CrossEntropyOptions,
): Tensor {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new GradlabError("E_CONFIG", `crossEntropy: labelSmoothing ${labelSmoothing} is outside 0 … 1.`);
  }
  const losses = tokenLosses(rows, targets);
  if (labelSmoothing === 0 && zLoss === 0) return losses;
  const logZ = logSumExp(rows, { axes: -1 });
  // The mean of −ln p over the classes is ln Z less their mean logit.
  const spread = sub(logZ, mean(rows, { axes: -1 }));
  const smoothed =
    labelSmoothing === 0 ? losses : add(mul(losses, 1 - labelSmoothing), mul(spread, labelSmoothing));
  return zLoss === 0 ? smoothed : add(smoothed, mul(square(logZ), zLoss));
}
