import { routeTokens } from "../../nn/index.js";
import { add, mul, slice } from "../../ops/index.js";
import { ACTIVATIONS } from "../activations.js";
import type { ParameterSpec } from "../architecture.js";
import type { ExpertsConfig, LlamaConfig } from "./config.js";
import type { FeedForward } from "./feed-forward.js";
import { linearParameters, normal, residual, type LayerMaker } from "./layers.js";

const expertAt = (block: string, expert: number): string => `${block}.block_sparse_moe.experts.${expert}`;

export function expertParameters(
  config: LlamaConfig,
  { count }: ExpertsConfig,
  block: string,
): ParameterSpec[] {
  const { width, hidden } = config;
  const expert = (at: string): ParameterSpec[] => [
    ...linearParameters(`${at}.w1`, hidden, width, normal, false),
    ...linearParameters(`${at}.w2`, width, hidden, residual(config), false),
    ...linearParameters(`${at}.w3`, hidden, width, normal, false),
  ];
  return [
    ...linearParameters(`${block}.block_sparse_moe.gate`, count, width, normal, false),
    ...Array.from({ length: count }, (_, i) => expert(expertAt(block, i))).flat(),
  ];
}

/**
 * y = Σₑ wₑ · w2ₑ(activation(w1ₑ(x)) · w3ₑ(x)), w = softmax(gate(x)) at the chosen experts, scaled to add up to 1.
 * Every expert computes on every token: exact, at count/chosen times the flop of a sparse dispatch.
 *
 * @source Jiang et al. 2024, §2.1
 */
export function mixture(
  make: LayerMaker,
  config: LlamaConfig,
  experts: ExpertsConfig,
  block: string,
): FeedForward {
  const gate = make.linear(`${block}.block_sparse_moe.gate`);
  const activate = ACTIVATIONS[config.activation];
  const layers = Array.from({ length: experts.count }, (_, i) =>
    ["w1", "w2", "w3"].map((name) => make.linear(`${expertAt(block, i)}.${name}`)),
  );
  return (x, observe) => {
    const routing = routeTokens(gate.forward(x), experts.chosen, true);
    observe?.(routing);
    return layers
      .map(([w1, w2, w3], i) => {
        const y = w2.forward(mul(activate(w1.forward(x)), w3.forward(x)));
        return mul(y, slice(routing.weights, i, i + 1, x.rank - 1));
      })
      .reduce((sum, y) => add(sum, y));
  };
}
