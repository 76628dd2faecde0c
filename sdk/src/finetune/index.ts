// Batch → Artifact: training loops and the fine-tuner.
export { HeldOut } from "./held-out.js";
export { restoreState, saveState } from "./train-state.js";
export { TrainStep, type StepOptions, type StepResult } from "./train-step.js";
