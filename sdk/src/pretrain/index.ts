// Recipe → Model: language models from random weights.
export type { HeldOutScore, PretrainEvalEvent, PretrainEvent, PretrainResult } from "./events.js";
export { measurePeak, trainingFlopsPerToken } from "./measure-peak.js";
export { Mixture, type MixtureState } from "./mixture.js";
export { Pretrainer, type PretrainRunOptions } from "./pretrainer.js";
export { readRecipe } from "./read-recipe.js";
export type {
  CausalObjective,
  DistillObjective,
  MaskedObjective,
  PhaseOptions,
  PretrainObjective,
  PretrainRecipe,
} from "./recipe.js";
