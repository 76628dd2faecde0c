import { fromArray, type Tensor, type Variable } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import {
  add,
  cast,
  div,
  equal,
  greater,
  less,
  logSumExp,
  matmul,
  mean,
  mul,
  reshape,
  silu,
  softmax,
  sum,
  where,
} from "../ops/index.js";
import type { Init } from "./init.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import type { Scope } from "./scope.js";

export interface MoEOptions {
  readonly width: number;
  /** Width inside each expert. Default 4 · width. */
  readonly hidden?: number;
  readonly experts: number;
  /** Experts that each token goes to. Default 2. */
  readonly topK?: number;
  /** Whether the chosen experts' weights are scaled to add up to 1 (Mixtral). Default: when topK is above 1. */
  readonly normalize?: boolean;
  readonly init?: Init;
  /** Of the weights that write into the residual stream. Default `init`. */
  readonly outInit?: Init;
}

export interface Routing {
  /** [N, E]: each token's weight of each expert; 0 for those it does not go to. */
  readonly weights: Tensor;
  /** E · Σ fₑ·Pₑ: `topK` when tokens and probabilities spread evenly, up to E when they do not. */
  readonly balanceLoss: Tensor;
  /** mean (ln Σ e^logit)²: keeps the router's logits small. */
  readonly zLoss: Tensor;
  /** [E]: the share of tokens that go to each expert; adds up to topK. */
  readonly load: Tensor;
}

/**
 * A mixture of gated experts: a router sends each token to its `topK` most probable experts.
 *
 *   y = Σₑ wₑ · downₑ(silu(gateₑ(x)) · upₑ(x)),  w = softmax(router(x)) at the chosen experts, 0 elsewhere
 *
 * Computed densely: every expert sees every token, as one wide SwiGLU whose hidden channels are weighed by expert. That is
 * exact, without dropped tokens, in three products; it costs experts/topK times the flop of a sparse dispatch.
 *
 * Add the losses to the model's: `loss + 0.01·balanceLoss + 0.001·zLoss`.
 *
 * @throws E_CONFIG for topK outside 1 … experts
 * @source Fedus et al. 2021 (Switch), eq. 4–6; Jiang et al. 2024 (Mixtral), §2.1; Zoph et al. 2022 (ST-MoE), eq. 5;
 *   values: tests/golden/modules.json
 * @example
 * const layer = new MoE(new Scope("moe", 1), { width: 4, hidden: 8, experts: 3 });
 * layer.forward(zeros([2, 5, 4])).shape // [2, 5, 4]
 */
export class MoE extends Module {
  readonly router: Linear;
  /** [experts · hidden, width], expert after expert, like `up`. */
  readonly gate: Variable;
  readonly up: Variable;
  /** [experts · hidden, width]: each expert's down projection, transposed. */
  readonly down: Variable;
  readonly experts: number;
  readonly topK: number;
  readonly normalize: boolean;

  constructor(scope: Scope, options: MoEOptions) {
    super();
    const { width, hidden = 4 * width, experts, topK = 2, normalize = topK > 1 } = options;
    if (!Number.isInteger(topK) || topK < 1 || topK > experts) {
      throw new GradlabError("E_CONFIG", `topK must be a whole number from 1 to ${experts}, got ${topK}.`, {
        where: "topK",
      });
    }
    const { init = { uniform: 1 / Math.sqrt(width) } } = options;
    const { outInit = options.init ?? { uniform: 1 / Math.sqrt(hidden) } } = options;
    this.router = new Linear(scope.at("router"), { from: width, to: experts, bias: false, init });
    this.gate = scope.parameter("gate", [experts * hidden, width], init);
    this.up = scope.parameter("up", [experts * hidden, width], init);
    this.down = scope.parameter("down", [experts * hidden, width], outInit);
    [this.experts, this.topK, this.normalize] = [experts, topK, normalize];
  }

  /** @param x […, width] @returns […, width] */
  forward(x: Tensor): Tensor {
    return this.apply(x).y;
  }

  /** The output with the routing behind it. */
  apply(x: Tensor): Routing & { readonly y: Tensor } {
    const width = x.shape[x.rank - 1];
    const rows = reshape(x, [-1, width]);
    const routing = this.route(rows);
    const h = mul(silu(matmul(rows, this.gate, { transB: true })), matmul(rows, this.up, { transB: true }));
    const [count, channels] = h.shape;
    const byExpert = reshape(h, [count, this.experts, channels / this.experts]);
    const weighed = mul(byExpert, reshape(routing.weights, [count, this.experts, 1]));
    const y = matmul(reshape(weighed, [count, channels]), this.down);
    return { y: reshape(y, x.shape), ...routing };
  }

  /** Where each token goes. @param rows [N, width] */
  route(rows: Tensor): Routing {
    const logits = this.router.forward(rows);
    const p = softmax(logits);
    const chosen = less(rankOf(p), this.topK);
    const kept = where(chosen, p, 0);
    const weights = this.normalize ? div(kept, sum(kept, { axes: [1], keepDims: true })) : kept;
    const load = mean(cast(chosen, "float32"), { axes: [0] });
    const balanceLoss = mul(sum(mul(load, mean(p, { axes: [0] }))), this.experts);
    const z = logSumExp(logits, { axes: [1] });
    return { weights, balanceLoss, zLoss: mean(mul(z, z)), load };
  }
}

/** How many elements of its row come before each: larger ones, and equal ones on its left. @param p [N, E] */
function rankOf(p: Tensor): Tensor {
  const [count, experts] = p.shape;
  const mine = reshape(p, [count, experts, 1]);
  const other = reshape(p, [count, 1, experts]);
  const left = Float32Array.from({ length: experts ** 2 }, (_, at) =>
    Number(at % experts < Math.floor(at / experts)),
  );
  const ties = fromArray({ dtype: "float32", shape: [experts, experts], data: left });
  const larger = cast(greater(other, mine), "float32");
  return sum(add(larger, mul(cast(equal(other, mine), "float32"), ties)), { axes: [2] });
}
