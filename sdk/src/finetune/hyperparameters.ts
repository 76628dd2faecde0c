import { GradlabError } from "../errors.js";
import { learningRateAt, makeOptimizer, rateFactorOf, type Optimizer } from "../optim/index.js";
import type { Prepared } from "./methods/method.js";
import type { RunOptions } from "./options.js";

/** The load-balancing loss's factor: as asked, or the config's. @throws E_CONFIG for a model without experts */
export function auxLossCoefOf({ model }: Prepared, { routerAuxLossCoef }: RunOptions): number {
  const own = model.config.routerAuxLossCoef;
  if (routerAuxLossCoef && own === undefined) {
    throw new GradlabError("E_CONFIG", `${model.id} has no experts whose load could be balanced.`, {
      where: "routerAuxLossCoef",
      hint: "Leave routerAuxLossCoef out.",
    });
  }
  return routerAuxLossCoef ?? own ?? 0;
}

/** The optimizer that the options name, over what is to be trained. */
export function optimizerOf({ trainable, groups }: Prepared, run: RunOptions): Optimizer {
  const { optimizer = "adamw", weightDecay = 0.01 } = run;
  return makeOptimizer(optimizer, trainable, { weightDecay, groups });
}

/** The learning rate of a step, by the run's schedule. */
export function rateOf(step: number, totalSteps: number, { defaultRate }: Prepared, run: RunOptions): number {
  const { optimizer = "adamw", schedule = "cosine", learningRate = "auto" } = run;
  const { warmup = schedule === "one-cycle" ? "30%" : "3%" } = run;
  return learningRateAt(schedule, step, {
    peak: learningRate === "auto" ? defaultRate * rateFactorOf(optimizer) : learningRate,
    totalSteps,
    warmupSteps: warmupSteps(warmup, totalSteps),
  });
}

function warmupSteps(warmup: NonNullable<RunOptions["warmup"]>, steps: number): number {
  return typeof warmup === "number" ? warmup : Math.ceil((Number.parseFloat(warmup) / 100) * steps);
}
