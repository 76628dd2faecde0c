import { applyAll, defineOp, type Tensor } from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import { addDefined } from "./add.js";
import { sumTo } from "./broadcast.js";
import { inverseRootPullback, requireRow } from "./layer-norm.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";

type NormAttrs = { readonly eps: number };

/** Scales each row to unit mean square; also gives 1/rms, which the gradient reads. */
export const rmsNormOp = defineOp<NormAttrs>({
  name: "rmsNorm",
  doc: "x / √(mean x² + eps) · gain over the last axis; outputs y and 1/√(mean x² + eps).",
  traits: [],
  flops: ([x]) => 4 * sizeOf(x.shape),
  shape: ([x, gain]) => {
    requireRow("rmsNorm", "gain", x, gain);
    return [
      { shape: x.shape, dtype: x.dtype },
      { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype },
    ];
  },
  vjp: ({ inputs: [x, gain], outputs: [, rstd], grads: [g, gr], need }) => {
    const hat = mul(x, rstd);
    const through = (dy: Tensor): Tensor => {
      const scaled = mul(dy, gain);
      const correction = mul(hat, mean(mul(scaled, hat), { axes: -1, keepDims: true }));
      return mul(sub(scaled, correction), rstd);
    };
    const dx = (): Tensor | undefined =>
      addDefined(g && through(g), gr && inverseRootPullback(hat, rstd, gr));
    return [need[0] ? dx() : undefined, need[1] && g ? sumTo(mul(g, hat), gain.shape) : undefined];
  },
  reference: ([x, gain], { eps }) => {
    const width = gain.data.length;
    const y = new Float64Array(x.data.length);
    const rstd = new Float64Array(x.data.length / width);
    for (let r = 0; r < rstd.length; r++) {
      const row = x.data.subarray(r * width, (r + 1) * width);
      rstd[r] = 1 / Math.sqrt(row.reduce((total, value) => total + value * value, 0) / width + eps);
      row.forEach((value, i) => (y[r * width + i] = value * rstd[r] * gain.data[i]));
    }
    return [y, rstd];
  },
  samples: () => [
    { inputs: [[2, 3, 4], [4]].map((shape) => ({ shape, dtype: "float32" as const })), attrs: { eps: 1e-5 } },
  ],
});

/**
 * Scales each position to unit root mean square: y = x / √(mean x² + eps) · gain, over the last axis.
 *
 * @param x    […, D] float
 * @param gain [D]
 * @throws E_SHAPE when gain's length is not D
 * @source Zhang and Sennrich 2019, eq. 4; values: tests/golden/layers.json
 * @example rmsNorm(ones([2, 3]), ones([3])).shape // [2, 3]
 */
export const rmsNorm = (x: Tensor, gain: Tensor, eps = 1e-5): Tensor =>
  applyAll(rmsNormOp, [x, gain], { eps })[0];
