import type { Tensor } from "../graph/index.js";
import { add } from "../ops/index.js";
import { ACTIVATIONS, type ActivationName } from "./activations.js";
import { attendRows, type AttendRowsOptions } from "./attend.js";
import type { Layers } from "./layers.js";

/** A family's names of what every block has. */
export interface PreNormNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly mixed: string;
  readonly firstNorm: string;
  readonly up: string;
  readonly down: string;
  readonly secondNorm: string;
}

export interface PreNormSizes {
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly layers: number;
  readonly eps: number;
  readonly activation: ActivationName;
  /** Default true. */
  readonly attentionBias?: boolean;
}

export type PreNormBlock = (
  x: Tensor,
  options: Pick<AttendRowsOptions, "batch" | "causal" | "mask">,
) => Tensor;

/** Blocks x += out(attend(norm(x))); x += down(act(up(norm(x)))), named `prefix.0`, `prefix.1`, … */
export function assemblePreNorm(
  layers: Layers,
  prefix: string,
  sizes: PreNormSizes,
  names: PreNormNames,
): readonly PreNormBlock[] {
  const { width, hidden, heads, eps, attentionBias = true } = sizes;
  const activate = ACTIVATIONS[sizes.activation];
  return Array.from({ length: sizes.layers }, (_, index) => {
    const at = (name: string): string => `${prefix}.${index}.${name}`;
    const projections = [names.query, names.key, names.value].map((name) =>
      layers.linear(at(name), width, width, { bias: attentionBias }),
    );
    const mixed = layers.linear(at(names.mixed), width, width);
    const firstNorm = layers.layerNorm(at(names.firstNorm), width, eps);
    const up = layers.linear(at(names.up), width, hidden);
    const down = layers.linear(at(names.down), hidden, width);
    const secondNorm = layers.layerNorm(at(names.secondNorm), width, eps);
    return (x, options) => {
      const h = firstNorm(x);
      const [q, k, v] = projections.map((projection) => projection.forward(h));
      const middle = add(x, mixed.forward(attendRows(q, k, v, { ...options, heads })));
      return add(middle, down.forward(activate(up.forward(secondNorm(middle)))));
    };
  });
}
