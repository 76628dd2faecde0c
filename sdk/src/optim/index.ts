// Graph → Graph: update rules that are graphs too.
export { GradientAccumulator } from "./accumulator.js";
export { Adafactor, type AdafactorOptions } from "./adafactor.js";
export { Adagrad, type AdagradOptions } from "./adagrad.js";
export { Adam, AdamW, type AdamWOptions } from "./adamw.js";
export { AdamW8bit, type AdamW8bitOptions } from "./adamw8bit.js";
export { decodeBlocks, encodeBlocks, type BlockRange, type BlockState } from "./block-state.js";
export * from "./clip.js";
export { Ema, type EmaOptions } from "./ema.js";
export { GradScaler, type GradScalerOptions, type ScaledStep } from "./grad-scaler.js";
export type { ParameterGroup } from "./groups.js";
export { Lion, type LionOptions } from "./lion.js";
export { makeOptimizer, OPTIMIZER_NAMES, rateFactorOf, type OptimizerName } from "./make-optimizer.js";
export { MasterWeights } from "./master-weights.js";
export { Muon, orthogonalize, type MuonOptions } from "./muon.js";
export * from "./optimizer.js";
export { RMSprop, type RMSpropOptions } from "./rmsprop.js";
export { RuleOptimizer } from "./rule-optimizer.js";
export * from "./schedule.js";
export { SGD, type SGDOptions } from "./sgd.js";
export {
  defineRule,
  type StepNumbers,
  type UpdateInputs,
  type Updated,
  type UpdateRule,
} from "./update-rule.js";
