import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  Adafactor,
  Adagrad,
  Adam,
  AdamW,
  AdamW8bit,
  Lion,
  Muon,
  RMSprop,
  SGD,
  type Optimizer,
  type OptimizerOptions,
  type Variable,
} from "gradlab";

export type MakeOptimizer = (parameters: readonly Variable[], options?: OptimizerOptions) => Optimizer;

/** Every optimizer, with state in the form it has for large parameters. */
export const OPTIMIZERS: Readonly<Record<string, MakeOptimizer>> = {
  sgd: (p, options) => new SGD(p, options),
  "sgd with momentum": (p, options) => new SGD(p, { momentum: 0.9, nesterov: true, ...options }),
  adam: (p, options) => new Adam(p, { weightDecay: 0.1, ...options }),
  adamw: (p, options) => new AdamW(p, options),
  adamw8bit: (p, options) => new AdamW8bit(p, { minSize: 0, ...options }),
  lion: (p, options) => new Lion(p, { weightDecay: 0.1, ...options }),
  adafactor: (p, options) => new Adafactor(p, options),
  muon: (p, options) => new Muon(p, options),
  rmsprop: (p, options) => new RMSprop(p, options),
  adagrad: (p, options) => new Adagrad(p, options),
};

/** The rows of the table of optimizers in docs/training.md. */
export function documented(): Map<string, { readonly bytes: number; readonly nodes: number }> {
  const page = readFileSync(new URL("../../../docs/training.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` +\| ([\d.]+) +\| (\d+) +\|/gm)];
  assert.equal(rows.length, 9);
  return new Map(
    rows.map(([, name, bytes, nodes]) => [name, { bytes: Number(bytes), nodes: Number(nodes) }]),
  );
}
