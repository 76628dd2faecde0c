import type { PretrainRecipe } from "./recipe.js";

/** Every option of a recipe, and whether it decides the weights of a step, beside the tokens. */
const DECIDES: Readonly<Record<keyof PretrainRecipe, boolean>> = {
  id: false,
  config: true,
  objective: true,
  tokenizer: false,
  outputDir: false,
  data: false,
  prepare: false,
  phases: true,
  heldOut: false,
  window: true,
  batchSize: true,
  steps: true,
  seed: true,
  optimizer: true,
  learningRate: true,
  schedule: true,
  clipNorm: true,
  evalEvery: false,
  evalRows: false,
  checkpointSeconds: false,
  dtype: false,
};

export const RECIPE_OPTIONS = Object.keys(DECIDES) as readonly (keyof PretrainRecipe)[];

/** Those that must be equal for a checkpoint to be continued. */
export const DECISIVE_OPTIONS = RECIPE_OPTIONS.filter((name) => DECIDES[name]);
