import { placeholder, Variable, type Tensor } from "../graph/index.js";
import { Embedding, Linear, type Init } from "../nn/index.js";
import { layerNorm, rmsNorm } from "../ops/index.js";
import type { Shape } from "../tensor/index.js";
import type { ParameterSpec } from "./architecture.js";

const NORMAL: Init = { normal: 0.02 };
const ZERO: Init = { constant: 0 };
const ONE: Init = { constant: 1 };

export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Of the weight. Default normal with deviation 0.02. */
  readonly init?: Init;
  /** Default 0. */
  readonly biasInit?: Init;
}

/**
 * Declares parameters and makes layers over them, so that one piece of code says what a network has and how it is
 * put together. Without weights it only collects the specs.
 */
export class Layers {
  readonly specs: ParameterSpec[] = [];
  readonly linears = new Map<string, Linear>();
  readonly #weights: ReadonlyMap<string, Variable> | undefined;

  constructor(weights?: ReadonlyMap<string, Variable>) {
    this.#weights = weights;
  }

  parameter(name: string, shape: Shape, init: Init = NORMAL): Variable {
    this.specs.push({ name, shape, init });
    return this.#weights?.get(name) ?? new Variable(placeholder(shape), name, false);
  }

  /** A layer over `name.weight` [to, from] and `name.bias` [to]. */
  linear(name: string, from: number, to: number, options: LinearOptions = {}): Linear {
    const { bias = true, init = NORMAL, biasInit = ZERO } = options;
    const weight = this.parameter(`${name}.weight`, [to, from], init);
    const layer = new Linear(name, weight, bias ? this.parameter(`${name}.bias`, [to], biasInit) : undefined);
    this.linears.set(name, layer);
    return layer;
  }

  /** A table over `name.weight` [rows, width]. */
  table(name: string, rows: number, width: number, init: Init = NORMAL): Embedding {
    return new Embedding(name, this.parameter(`${name}.weight`, [rows, width], init));
  }

  /** Layer norm over `name.weight` and `name.bias` [width]. */
  layerNorm(name: string, width: number, eps: number): (x: Tensor) => Tensor {
    const gain = this.parameter(`${name}.weight`, [width], ONE);
    const bias = this.parameter(`${name}.bias`, [width], ZERO);
    return (x) => layerNorm(x, gain, bias, eps);
  }

  /** RMS norm over `name.weight` [width]. */
  rmsNorm(name: string, width: number, eps: number): (x: Tensor) => Tensor {
    const gain = this.parameter(`${name}.weight`, [width], ONE);
    return (x) => rmsNorm(x, gain, eps);
  }
}
