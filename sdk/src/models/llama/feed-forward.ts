import { mul, split } from "../../ops/index.js";
import { ACTIVATIONS } from "../activations.js";
import type { ParameterSpec, RowFunction } from "../architecture.js";
import type { LlamaConfig } from "./config.js";
import { linearParameters, normal, residual, type LayerMaker } from "./layers.js";

/** The second half of a block: normalized rows to what is added to them. */
export type FeedForward = RowFunction;

export function feedForwardParameters(config: LlamaConfig, block: string): ParameterSpec[] {
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
export function feedForward(make: LayerMaker, { activation, hidden, packed }: LlamaConfig, block: string): FeedForward {
  const at = `${block}.mlp`;
  const inner = (packed ? ["gate_up_proj"] : ["gate_proj", "up_proj"]).map((name) => make.linear(`${at}.${name}`));
  const down = make.linear(`${at}.down_proj`);
  const activate = ACTIVATIONS[activation];
  return (x) => {
    const rows = inner.map((layer) => layer.forward(x));
    const [gate, up] = packed ? split(rows[0], [hidden, hidden]) : rows;
    return down.forward(mul(activate(gate), up));
  };
}
