import { checkpoint, type Tensor } from "../../graph/index.js";
import { mul, split } from "../../ops/index.js";
import { ACTIVATIONS } from "../activations.js";
import type { Observe, ParameterSpec } from "../architecture.js";
import { expertParameters, mixture } from "./experts.js";
import type { LlamaConfig } from "./config.js";
import { linearParameters, normal, residual, type LayerMaker } from "./layers.js";

/** The second half of a block: normalized rows to what is added to them. */
export type FeedForward = (x: Tensor, observe?: Observe) => Tensor;

export function feedForwardParameters(config: LlamaConfig, block: string): ParameterSpec[] {
  if (config.experts) return expertParameters(config, config.experts, block);
  const { width, hidden, biases, packed } = config;
  const at = `${block}.mlp`;
  const inner = (name: string, out: number): ParameterSpec[] =>
    linearParameters(`${at}.${name}`, out, width, normal, biases.mlp);
  return [
    ...(packed
      ? inner("gate_up_proj", 2 * hidden)
      : [...inner("gate_proj", hidden), ...inner("up_proj", hidden)]),
    ...linearParameters(`${at}.down_proj`, width, hidden, residual(config), biases.mlp),
  ];
}

/** down(activation(gate(x)) · up(x)) (Shazeer 2020); gate and up side by side in one layer where packed. */
export function feedForward(make: LayerMaker, config: LlamaConfig, block: string): FeedForward {
  if (config.experts) return mixture(make, config, config.experts, block);
  const { activation, hidden, packed } = config;
  const at = `${block}.mlp`;
  const inner = (packed ? ["gate_up_proj"] : ["gate_proj", "up_proj"]).map((name) =>
    make.linear(`${at}.${name}`),
  );
  const down = make.linear(`${at}.down_proj`);
  const gated = checkpoint((gate: Tensor, up: Tensor) => mul(ACTIVATIONS[activation](gate), up));
  return (x) => {
    const rows = inner.map((layer) => layer.forward(x));
    const [gate, up] = packed ? split(rows[0], [hidden, hidden]) : rows;
    return down.forward(gated(gate, up));
  };
}
