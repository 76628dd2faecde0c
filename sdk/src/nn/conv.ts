import type { Tensor, Variable } from "../graph/index.js";
import { conv1d, conv2d, type ConvOptions } from "../ops/index.js";
import { fansOf, type Init } from "./init.js";
import { Module } from "./module.js";
import type { Scope } from "./scope.js";

export interface ConvShape extends Omit<ConvOptions, "bias"> {
  /** Channels of the input. */
  readonly from: number;
  /** Channels of the output: filters. */
  readonly to: number;
  /** Size of the window, for all axes or one an axis. */
  readonly kernel: number | readonly number[];
  /** Default true. */
  readonly bias?: boolean;
  /** Of the filters. Default uniform in ±1/√fanIn, as in torch.nn; the bias starts the same way. */
  readonly init?: Init;
}

abstract class Conv extends Module {
  /** [to, from / groups, …kernel] */
  readonly weight: Variable;
  readonly bias: Variable | undefined;
  protected readonly options: ConvOptions;

  protected constructor(scope: Scope, axes: number, shape: ConvShape) {
    super();
    const { from, to, kernel, bias = true, init, ...options } = shape;
    const window = typeof kernel === "number" ? new Array<number>(axes).fill(kernel) : kernel;
    const filters = [to, from / (options.groups ?? 1), ...window];
    const small: Init = { uniform: 1 / Math.sqrt(fansOf(scope.name, filters).fanIn) };
    this.weight = scope.parameter("weight", filters, init ?? small);
    this.bias = bias ? scope.parameter("bias", [to], small) : undefined;
    this.options = { ...options, ...(this.bias ? { bias: this.bias } : {}) };
  }
}

/**
 * A one-dimensional convolution with its filters; see {@link conv1d}.
 *
 * @source values: tests/golden/modules.json
 * @example
 * const layer = new Conv1d(new Scope("conv", 1), { from: 2, to: 3, kernel: 5, padding: "same" });
 * layer.forward(zeros([1, 2, 8])).shape // [1, 3, 8]
 */
export class Conv1d extends Conv {
  constructor(scope: Scope, shape: ConvShape) {
    super(scope, 1, shape);
  }

  /** @param x [N, from, L] @returns [N, to, L′] */
  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.options);
  }
}

/**
 * A two-dimensional convolution with its filters; see {@link conv2d}.
 *
 * @source values: tests/golden/modules.json
 * @example
 * const layer = new Conv2d(new Scope("conv", 1), { from: 3, to: 8, kernel: 3, stride: 2, padding: 1 });
 * layer.forward(zeros([1, 3, 8, 8])).shape // [1, 8, 4, 4]
 */
export class Conv2d extends Conv {
  constructor(scope: Scope, shape: ConvShape) {
    super(scope, 2, shape);
  }

  /** @param x [N, from, H, W] @returns [N, to, H′, W′] */
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.options);
  }
}
