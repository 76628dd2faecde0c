// Batch → Artifact: training loops and the fine-tuner.
export { HeldOut } from "./held-out.js";
export { loadAdapter } from "./load-adapter.js";
export { ModelFineTuner } from "./model-fine-tuner.js";
export type {
  AdapterOptions,
  AdapterType,
  EvalEvent as TrainEvalEvent,
  FineTunerOptions,
  FullOptions,
  LoraOptions,
  MemoryPlan,
  Objective,
  RunOptions,
  StepEvent,
  TrainEvent,
  TrainPlan,
} from "./options.js";
export type { FineTuneResult } from "./result.js";
export { restoreState, saveState } from "./train-state.js";
export { TrainStep, type StepOptions, type StepResult, type TokenLearner } from "./train-step.js";
