import { applyAll, defineOp, specText, type Spec, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { addDefined } from "./add.js";
import { sumTo } from "./broadcast.js";
import { expand } from "./expand.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";

type NormAttrs = { readonly eps: number };

/** @throws E_SHAPE when the vector does not have the length of x's last axis */
export function requireRow(operation: string, what: string, x: Spec, row: Spec): void {
  if (!sameShape(row.shape, x.shape.slice(-1))) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: the ${what} is ${specText(row)}, but x is ${specText(x)}.`,
      {
        hint: "It must have the length of the last axis of x.",
      },
    );
  }
}

/** Normalizes each row; also gives mean and 1/σ, which the gradient reads. */
export const layerNormOp = defineOp<NormAttrs>({
  name: "layerNorm",
  doc: "(x − mean) / √(var + eps) · gain + bias over the last axis; outputs y, mean, 1/√(var + eps).",
  traits: [],
  flops: ([x]) => 8 * sizeOf(x.shape),
  shape: ([x, gain, bias]) => {
    requireRow("layerNorm", "gain", x, gain);
    requireRow("layerNorm", "bias", x, bias);
    const row: Spec = { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, row, row];
  },
  vjp: ({ inputs: [x, gain, bias], outputs: [, mu, rstd], grads: [g, gm, gr], need }) => {
    const hat = mul(sub(x, mu), rstd);
    const through = (dy: Tensor): Tensor => {
      const scaled = mul(dy, gain);
      const along = { axes: -1, keepDims: true };
      const centred = sub(sub(scaled, mean(scaled, along)), mul(hat, mean(mul(scaled, hat), along)));
      return mul(centred, rstd);
    };
    const dx = (): Tensor | undefined => {
      const statistics = addDefined(
        gm && expand(mul(gm, 1 / gain.shape[0]), x.shape),
        gr && inverseRootPullback(hat, rstd, gr),
      );
      return addDefined(g && through(g), statistics);
    };
    return [
      need[0] ? dx() : undefined,
      need[1] && g ? sumTo(mul(g, hat), gain.shape) : undefined,
      need[2] && g ? sumTo(g, bias.shape) : undefined,
    ];
  },
  reference: ([x, gain, bias], { eps }) => {
    const width = gain.data.length;
    const y = new Float64Array(x.data.length);
    const mu = new Float64Array(x.data.length / width);
    const rstd = new Float64Array(mu.length);
    for (let r = 0; r < mu.length; r++) {
      const row = x.data.subarray(r * width, (r + 1) * width);
      mu[r] = row.reduce((total, value) => total + value, 0) / width;
      const variance = row.reduce((total, value) => total + (value - mu[r]) ** 2, 0) / width;
      rstd[r] = 1 / Math.sqrt(variance + eps);
      row.forEach((value, i) => (y[r * width + i] = (value - mu[r]) * rstd[r] * gain.data[i] + bias.data[i]));
    }
    return [y, mu, rstd];
  },
  samples: () => [
    {
      inputs: [[2, 3, 4], [4], [4]].map((shape) => ({ shape, dtype: "float32" as const })),
      attrs: { eps: 1e-5 },
    },
  ],
});

/** The gradient through r = 1/√(mean c² + eps), with c the (centred) row and c·r given: −g·r²·(c·r)/D. */
export const inverseRootPullback = (hat: Tensor, r: Tensor, g: Tensor): Tensor =>
  mul(hat, mul(mul(g, mul(r, r)), -1 / hat.shape[hat.rank - 1]));

/**
 * Normalizes each position to zero mean and unit variance.
 *
 * y = (x − mean) / √(var + eps) · gain + bias, over the last axis.
 *
 * @param x    […, D] float
 * @param gain [D]
 * @param bias [D]
 * @returns    […, D]
 * @throws E_SHAPE when gain's or bias's length is not D
 * @source Ba et al. 2016, eq. 4; values: tests/golden/layers.json
 * @example layerNorm(ones([2, 3]), ones([3]), zeros([3])).shape // [2, 3]
 */
export const layerNorm = (x: Tensor, gain: Tensor, bias: Tensor, eps = 1e-5): Tensor =>
  applyAll(layerNormOp, [x, gain, bias], { eps })[0];
