import { sha256 } from "../artifacts/index.js";
import type { PackedTokens } from "../data/index.js";
import type { PretrainRecipe } from "./recipe.js";

/** What decides the weights of a step, beside the tokens. */
const DECISIVE = [
  "config",
  "objective",
  "phases",
  "window",
  "batchSize",
  "steps",
  "seed",
  "optimizer",
  "learningRate",
  "schedule",
  "clipNorm",
] as const satisfies readonly (keyof PretrainRecipe)[];

/** What must be equal for a checkpoint to be continued. */
export function identityOf(recipe: PretrainRecipe, sources: Readonly<Record<string, PackedTokens>>): string {
  const options = Object.fromEntries(DECISIVE.map((name) => [name, recipe[name]]));
  const lengths = Object.entries(sources).map(([name, { tokens }]) => [name, tokens.length]);
  return sha256(JSON.stringify({ ...options, sources: Object.keys(recipe.data), lengths }));
}
