import type { Tensor } from "../graph/index.js";
import { gelu, relu, silu, swiGLU } from "../ops/index.js";
import type { Init } from "./init.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import type { Scope } from "./scope.js";

const ACTIVATIONS = {
  gelu: (x: Tensor) => gelu(x),
  "gelu-tanh": (x: Tensor) => gelu(x, { approximate: "tanh" }),
  relu,
  silu,
} as const;

export type ActivationName = keyof typeof ACTIVATIONS;

export interface FeedForwardOptions {
  readonly width: number;
  /** Default 4 · width. */
  readonly hidden?: number;
  /** Default true for MLP, false for SwiGLU. */
  readonly bias?: boolean;
  /** Of the weights that read. Default as for Linear. */
  readonly init?: Init;
  /** Of the weight that writes into the residual stream; see residualInit. Default `init`. */
  readonly outInit?: Init;
}

/** Options of the two kinds of projections, reading and writing. */
function projections({ width, hidden = 4 * width, init, outInit = init }: FeedForwardOptions, bias: boolean) {
  return {
    read: { from: width, to: hidden, bias, ...(init ? { init } : {}) },
    write: { from: hidden, to: width, bias, ...(outInit ? { init: outInit } : {}) },
  };
}

/**
 * Two projections with a nonlinearity between: down(f(up(x))).
 *
 * @source Vaswani et al. 2017, eq. 2; values: tests/golden/modules.json
 * @example new MLP(new Scope("mlp", 1), { width: 4 }).forward(zeros([2, 4])).shape // [2, 4]
 */
export class MLP extends Module {
  readonly up: Linear;
  readonly down: Linear;
  readonly activation: ActivationName;

  constructor(
    scope: Scope,
    { activation = "gelu", ...options }: FeedForwardOptions & { readonly activation?: ActivationName },
  ) {
    super();
    const { read, write } = projections(options, options.bias ?? true);
    this.up = new Linear(scope.at("up"), read);
    this.down = new Linear(scope.at("down"), write);
    this.activation = activation;
  }

  /** @param x […, width] @returns […, width] */
  forward(x: Tensor): Tensor {
    return this.down.forward(ACTIVATIONS[this.activation](this.up.forward(x)));
  }
}

/**
 * A gated feed-forward layer: down(silu(gate(x)) · up(x)).
 *
 * @source Shazeer 2020, "GLU variants improve transformer", eq. 6; values: tests/golden/modules.json
 * @example new SwiGLU(new Scope("mlp", 1), { width: 4, hidden: 6 }).paramCount // 72
 */
export class SwiGLU extends Module {
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;

  constructor(scope: Scope, options: FeedForwardOptions) {
    super();
    const { read, write } = projections(options, options.bias ?? false);
    this.gate = new Linear(scope.at("gate"), read);
    this.up = new Linear(scope.at("up"), read);
    this.down = new Linear(scope.at("down"), write);
  }

  /** @param x […, width] @returns […, width] */
  forward(x: Tensor): Tensor {
    return this.down.forward(swiGLU(this.gate.forward(x), this.up.forward(x)));
  }
}
