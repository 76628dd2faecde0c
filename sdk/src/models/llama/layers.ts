import type { Variable } from "../../graph/index.js";
import { Linear, type Init } from "../../nn/index.js";
import { add, rmsNorm } from "../../ops/index.js";
import type { ParameterSpec, RowFunction } from "../architecture.js";
import type { LlamaConfig } from "./config.js";

export const normal: Init = { normal: 0.02 };

/** Residual outputs start smaller, so that the depth does not raise the variance (Radford et al. 2019, §2.3). */
export const residual = ({ layers }: LlamaConfig): Init => ({ normal: 0.02 / Math.sqrt(2 * layers) });

export const linearParameters = (
  name: string,
  to: number,
  from: number,
  init: Init,
  bias: boolean,
): ParameterSpec[] => [
  { name: `${name}.weight`, shape: [to, from], init },
  ...(bias ? [{ name: `${name}.bias`, shape: [to], init: { constant: 0 } }] : []),
];

export const normParameter = ({ normOffset }: LlamaConfig, name: string, width: number): ParameterSpec => ({
  name: `${name}.weight`,
  shape: [width],
  init: { constant: 1 - normOffset },
});

/** Makes layers over a model's parameters by name, and remembers the linear ones. */
export class LayerMaker {
  readonly linears = new Map<string, Linear>();

  constructor(
    readonly config: LlamaConfig,
    readonly weights: ReadonlyMap<string, Variable>,
  ) {}

  weight(name: string): Variable {
    return this.weights.get(name)!;
  }

  /** A linear layer; with a bias where the model has one by this name. */
  linear(name: string): Linear {
    const layer = new Linear(name, this.weight(`${name}.weight`), this.weights.get(`${name}.bias`));
    this.linears.set(name, layer);
    return layer;
  }

  norm(name: string): RowFunction {
    const { eps, normOffset } = this.config;
    const weight = this.weight(`${name}.weight`);
    return (x) => rmsNorm(x, normOffset === 0 ? weight : add(weight, normOffset), eps);
  }
}
