import type { Tensor, Variable } from "../graph/index.js";
import { layerNorm, rmsNorm } from "../ops/index.js";
import { Module } from "./module.js";
import type { Scope } from "./scope.js";

export interface NormShape {
  readonly width: number;
  /** Default 1e-5. */
  readonly eps?: number;
}

/**
 * Layer normalization with a gain and a bias; see {@link layerNorm}.
 *
 * @example new LayerNorm(new Scope("norm"), { width: 4 }).forward(zeros([2, 4])).shape // [2, 4]
 */
export class LayerNorm extends Module {
  readonly weight: Variable;
  readonly bias: Variable;
  readonly eps: number;

  constructor(scope: Scope, { width, eps = 1e-5 }: NormShape) {
    super();
    this.weight = scope.parameter("weight", [width], { constant: 1 });
    this.bias = scope.parameter("bias", [width], { constant: 0 });
    this.eps = eps;
  }

  /** @param x […, width] @returns […, width] */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, this.eps);
  }
}

/**
 * Root-mean-square normalization with a gain; see {@link rmsNorm}.
 *
 * @example new RMSNorm(new Scope("norm"), { width: 4 }).forward(ones([2, 4])).shape // [2, 4]
 */
export class RMSNorm extends Module {
  readonly weight: Variable;
  readonly eps: number;

  constructor(scope: Scope, { width, eps = 1e-5 }: NormShape) {
    super();
    this.weight = scope.parameter("weight", [width], { constant: 1 });
    this.eps = eps;
  }

  /** @param x […, width] @returns […, width] */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight, this.eps);
  }
}
