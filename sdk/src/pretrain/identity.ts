import { sha256 } from "../artifacts/index.js";
import type { PackedTokens } from "../data/index.js";
import type { PretrainRecipe } from "./recipe.js";
import { DECISIVE_OPTIONS } from "./recipe-options.js";

/** What must be equal for a checkpoint to be continued. */
export function identityOf(recipe: PretrainRecipe, sources: Readonly<Record<string, PackedTokens>>): string {
  const options = Object.fromEntries(DECISIVE_OPTIONS.map((name) => [name, recipe[name]]));
  const lengths = Object.entries(sources).map(([name, { tokens }]) => [name, tokens.length]);
  return sha256(JSON.stringify({ ...options, sources: Object.keys(recipe.data), lengths }));
}
