import type { Tensor, Variable } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import {
  add,
  cast,
  div,
  gather,
  greater,
  logSumExp,
  matmul,
  mean,
  mul,
  oneHot,
  reshape,
  scatterAdd,
  softmax,
  sub,
  sum,
  swiGLU,
  topK,
  transpose,
  zeros,
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
  /**
   * Room of each expert, as a multiple of an even share of the tokens: experts then compute on their own tokens only, and
   * those with the smallest weights are dropped where it is full. Default: every expert computes on every token.
   */
  readonly capacityFactor?: number;
  readonly init?: Init;
  /** Of the weights that write into the residual stream. Default `init`. */
  readonly outInit?: Init;
}

/** How tokens were routed: what losses on the router are made of. */
export interface TokenRouting {
  /** […, E]: each token's weight of each expert; 0 for those it does not go to. */
  readonly weights: Tensor;
  /** [E]: the share of tokens that go to each expert; adds up to topK. */
  readonly load: Tensor;
  /** [E]: each expert's mean probability. */
  readonly probability: Tensor;
}

/**
 * Sends tokens to their `k` most probable experts: w = softmax(logits) at these, 0 elsewhere.
 *
 * @param logits    […, E]
 * @param normalize whether a token's weights are scaled to add up to 1
 * @throws E_INDEX for k outside 1 … E
 * @source Jiang et al. 2024 (Mixtral), §2.1
 * @example
 * await routeTokens(tensor([[0, 0, -9]]), 2, true).weights.data() // [0.5, 0.5, 0]
 */
export function routeTokens(logits: Tensor, k: number, normalize: boolean): TokenRouting {
  const experts = logits.shape[logits.rank - 1];
  const p = softmax(logits);
  const { values, indices } = topK(p, k);
  const last = p.rank - 1;
  const kept = normalize ? div(values, sum(values, { axes: [last], keepDims: true })) : values;
  const chosen = oneHot(indices, experts);
  const weights = sum(mul(chosen, reshape(kept, [...kept.shape, 1])), { axes: [last] });
  const lead = Array.from({ length: last }, (_, axis) => axis);
  const load = mean(sum(chosen, { axes: [last] }), { axes: lead });
  return { weights, load, probability: mean(p, { axes: lead }) };
}

/**
 * The load-balancing loss of a model's routers: E · Σ fₑ·Pₑ, with load f and probability P averaged over all of them.
 * It is topK where tokens and probabilities spread evenly.
 *
 * @param routings one or more, of equally many tokens
 * @source Fedus et al. 2021, eq. 4–6; over several layers as Hugging Face's load_balancing_loss_func
 * @example
 * await balanceLoss([routeTokens(zeros([4, 2]), 2, true)]).item() // 2
 */
export function balanceLoss(routings: readonly TokenRouting[]): Tensor {
  const average = (parts: readonly Tensor[]): Tensor =>
    mul(
      parts.reduce((a, b) => add(a, b)),
      1 / parts.length,
    );
  const [load, p] = [average(routings.map((r) => r.load)), average(routings.map((r) => r.probability))];
  return mul(sum(mul(load, p)), load.shape[0]);
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

/** The output, how it was routed, and the share of assignments that found no room. */
export type MoEOutput = Routing & { readonly y: Tensor; readonly dropped: Tensor };

/**
 * A mixture of gated experts: a router sends each token to its `topK` most probable experts.
 *
 *   y = Σₑ wₑ · downₑ(silu(gateₑ(x)) · upₑ(x)),  w = softmax(router(x)) at the chosen experts, 0 elsewhere
 *
 * Without a `capacityFactor` it is computed densely: every expert sees every token, as one wide SwiGLU whose hidden
 * channels are weighed by expert. That is exact, in three products, and costs experts/topK times the flop of a sparse
 * dispatch. With one, each expert gathers its ⌈factor·topK·N/experts⌉ tokens of the largest weights (Riquelme et al.
 * 2021), computes on these only, and adds its results where they came from.
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
  readonly capacityFactor: number | undefined;

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
    this.capacityFactor = options.capacityFactor;
  }

  /** @param x […, width] @returns […, width] */
  forward(x: Tensor): Tensor {
    return this.apply(x).y;
  }

  /** The output with the routing behind it. @param x […, width] */
  apply(x: Tensor): MoEOutput {
    const rows = reshape(x, [-1, x.shape[x.rank - 1]]);
    const routing = this.route(rows);
    const { y, dropped } =
      this.capacityFactor === undefined
        ? { y: this.#dense(rows, routing.weights), dropped: zeros([]) }
        : this.#sparse(rows, routing.weights, this.#capacity(rows.shape[0], this.capacityFactor));
    return { ...routing, y: reshape(y, x.shape), dropped };
  }

  /** Where each token goes. @param rows [N, width] */
  route(rows: Tensor): Routing {
    const logits = this.router.forward(rows);
    const routing = routeTokens(logits, this.topK, this.normalize);
    const z = logSumExp(logits, { axes: [1] });
    const { weights, load } = routing;
    return { weights, balanceLoss: balanceLoss([routing]), zLoss: mean(mul(z, z)), load };
  }

  /** One SwiGLU over the channels of all experts. */
  #dense(rows: Tensor, weights: Tensor): Tensor {
    const h = swiGLU(matmul(rows, this.gate, { transB: true }), matmul(rows, this.up, { transB: true }));
    const [count, channels] = h.shape;
    const byExpert = reshape(h, [count, this.experts, channels / this.experts]);
    const weighed = mul(byExpert, reshape(weights, [count, this.experts, 1]));
    return matmul(reshape(weighed, [count, channels]), this.down);
  }

  #capacity(count: number, factor: number): number {
    return Math.min(count, Math.ceil((factor * this.topK * count) / this.experts));
  }

  /** Each expert over the tokens it has room for. */
  #sparse(rows: Tensor, weights: Tensor, room: number): { y: Tensor; dropped: Tensor } {
    const [count, width] = rows.shape;
    const { values, indices } = topK(transpose(weights), room);
    const x = gather(rows, indices);
    const [gate, up, down] = [this.gate, this.up, this.down].map((w) =>
      reshape(w, [this.experts, -1, width]),
    );
    const h = swiGLU(matmul(x, gate, { transB: true }), matmul(x, up, { transB: true }));
    const y = mul(matmul(h, down), reshape(values, [this.experts, room, 1]));
    const served = sum(cast(greater(values, 0), "float32"));
    return {
      y: scatterAdd(zeros(rows.shape), indices, y),
      dropped: sub(1, mul(served, 1 / (this.topK * count))),
    };
  }
}
