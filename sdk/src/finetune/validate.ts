import { GradlabError, nearestName } from "../errors.js";
import { checkNamed, NAMED_MODEL_OPTIONS } from "../models/index.js";
import { OPTIMIZER_NAMES, SCHEDULE_NAMES } from "../optim/index.js";
import type { AdapterType, FineTunerOptions, RunOptions } from "./options.js";

const OPTION_NAMES: readonly (keyof FineTunerOptions)[] = [
  "baseModel",
  "trainingData",
  "dtype",
  "adapterType",
  "adapter",
  "evalData",
  "task",
  "fields",
  ...NAMED_MODEL_OPTIONS,
  "seed",
  "outputDir",
];
const RUN_NAMES: readonly (keyof RunOptions)[] = [
  "epochs",
  "maxSteps",
  "batchSize",
  "microBatchSize",
  "optimizer",
  "learningRate",
  "schedule",
  "warmup",
  "weightDecay",
  "clipNorm",
  "routerAuxLossCoef",
  "ema",
  "maxLength",
  "lossOn",
  "evalEvery",
  "checkpointEvery",
  "resume",
  "keep",
  "signal",
];

/** @throws E_CONFIG for an unknown or missing option */
export function checkOptions(options: FineTunerOptions<AdapterType>): void {
  checkNames("ModelFineTuner", options, OPTION_NAMES);
  for (const name of ["baseModel", "trainingData"] as const) {
    if (!options[name]) throw new GradlabError("E_CONFIG", `ModelFineTuner needs ${name}.`, { where: name });
  }
  oneOf("adapterType", options.adapterType, ["lora", "full"]);
  oneOf("dtype", options.dtype, ["float32", "stored"]);
  oneOf("task", options.task, ["sft", "pretrain"]);
  checkNamed(options);
}

/** @throws E_CONFIG for an unknown option or a value out of range */
export function checkRun(run: RunOptions): void {
  checkNames("run", run, RUN_NAMES);
  oneOf("schedule", run.schedule, SCHEDULE_NAMES);
  oneOf("optimizer", run.optimizer, OPTIMIZER_NAMES);
  oneOf("lossOn", run.lossOn, ["completion", "all"]);
  oneOf("keep", run.keep, ["last", "best"]);
  for (const name of ["maxSteps", "batchSize", "microBatchSize", "evalEvery", "maxLength"] as const) {
    const value = run[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1))
      refuse(name, value, "a positive whole number");
  }
  for (const name of ["epochs", "clipNorm"] as const) {
    const value = run[name];
    if (value !== undefined && !(value > 0)) refuse(name, value, "a number above 0");
  }
  const { learningRate, weightDecay, routerAuxLossCoef, ema } = run;
  if (ema !== undefined && !(ema > 0 && ema < 1)) refuse("ema", ema, "a number between 0 and 1");
  if (learningRate !== undefined && learningRate !== "auto" && !(learningRate > 0)) {
    refuse("learningRate", learningRate, 'a number above 0, or "auto"');
  }
  if (weightDecay !== undefined && !(weightDecay >= 0))
    refuse("weightDecay", weightDecay, "a number of at least 0");
  if (routerAuxLossCoef !== undefined && !(routerAuxLossCoef >= 0))
    refuse("routerAuxLossCoef", routerAuxLossCoef, "a number of at least 0");
}

function refuse(name: string, value: unknown, wanted: string): never {
  throw new GradlabError("E_CONFIG", `${name} must be ${wanted}, got ${JSON.stringify(value)}.`, {
    where: name,
  });
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value as string)) return;
  throw new GradlabError("E_CONFIG", `There is no ${name} ${JSON.stringify(value)}.`, {
    where: name,
    hint: `Use ${allowed.map((item) => `"${item}"`).join(" or ")}.`,
  });
}

function checkNames(owner: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearestName(unknown, known);
  throw new GradlabError("E_CONFIG", `${owner} has no option "${unknown}".`, {
    where: unknown,
    hint: `${near ? `Did you mean "${near}"? ` : ""}Options: ${known.join(", ")}.`,
  });
}
