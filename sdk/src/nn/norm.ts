import type { Tensor, Variable } from "../graph/index.js";
import { groupNorm, layerNorm, rmsNorm } from "../ops/index.js";
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

/**
 * Group normalization over channels and space with a gain and a bias a channel; see {@link groupNorm}.
 *
 * @example new GroupNorm(new Scope("norm"), { width: 4, groups: 2 }).forward(ones([1, 4, 3])).shape // [1, 4, 3]
 */
export class GroupNorm extends Module {
  readonly weight: Variable;
  readonly bias: Variable;
  readonly groups: number;
  readonly eps: number;

  constructor(scope: Scope, { width, groups, eps = 1e-5 }: NormShape & { readonly groups: number }) {
    super();
    this.weight = scope.parameter("weight", [width], { constant: 1 });
    this.bias = scope.parameter("bias", [width], { constant: 0 });
    [this.groups, this.eps] = [groups, eps];
  }

  /** @param x [N, width, …] @returns the same shape */
  forward(x: Tensor): Tensor {
    return groupNorm(x, this.groups, this.weight, this.bias, this.eps);
  }
}
