import type { Variable } from "../graph/index.js";
import { GradlabError, nearestName } from "../errors.js";
import { Adafactor } from "./adafactor.js";
import { AdamW } from "./adamw.js";
import { AdamW8bit } from "./adamw8bit.js";
import { Lion } from "./lion.js";
import { Muon } from "./muon.js";
import type { Optimizer, OptimizerOptions } from "./optimizer.js";
import { SGD } from "./sgd.js";

interface NamedOptimizer {
  readonly make: (parameters: readonly Variable[], options: OptimizerOptions) => Optimizer;
  /** What to multiply a rate that suits AdamW by. */
  readonly rateFactor: number;
}

const BY_NAME = {
  adamw: { make: (p, options) => new AdamW(p, options), rateFactor: 1 },
  adamw8bit: { make: (p, options) => new AdamW8bit(p, options), rateFactor: 1 },
  sgd: { make: (p, options) => new SGD(p, { momentum: 0.9, ...options }), rateFactor: 100 },
  lion: { make: (p, options) => new Lion(p, options), rateFactor: 0.2 },
  adafactor: {
    make: (p, options) => new Adafactor(p, { relativeStep: false, scaleParameter: false, ...options }),
    rateFactor: 1,
  },
  muon: { make: (p, options) => new Muon(p, options), rateFactor: 1 },
} as const satisfies Readonly<Record<string, NamedOptimizer>>;

export type OptimizerName = keyof typeof BY_NAME;

export const OPTIMIZER_NAMES = Object.keys(BY_NAME) as readonly OptimizerName[];

/**
 * An optimizer by name, to be given its rate at each `advance`: "adamw", "adamw8bit", "sgd" (momentum 0.9), "lion",
 * "adafactor" (steps by the given rate, not relative ones) or "muon".
 *
 * @throws E_CONFIG for an unknown name
 * @example makeOptimizer("lion", [w], { weightDecay: 0.1 }).memory().bytesPerParameter
 */
export function makeOptimizer(
  name: OptimizerName,
  parameters: readonly Variable[],
  options: OptimizerOptions = {},
): Optimizer {
  return named(name).make(parameters, options);
}

/** What to multiply a learning rate that suits AdamW by to get one that suits this optimizer: a start, not a law. */
export const rateFactorOf = (name: OptimizerName): number => named(name).rateFactor;

function named(name: OptimizerName): NamedOptimizer {
  const found = BY_NAME[name] as NamedOptimizer | undefined;
  if (found) return found;
  const near = nearestName(name, OPTIMIZER_NAMES);
  throw new GradlabError("E_CONFIG", `There is no optimizer ${JSON.stringify(name)}.`, {
    where: "optimizer",
    hint: `${near ? `Did you mean "${near}"? ` : ""}Optimizers: ${OPTIMIZER_NAMES.join(", ")}.`,
  });
}
