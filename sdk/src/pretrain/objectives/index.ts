import type { PretrainRecipe } from "../recipe.js";
import { causalLearner } from "./causal.js";
import { distillLearner } from "./distill.js";
import type { Learner } from "./learner.js";
import { maskedLearner } from "./masked.js";

export type { Learner } from "./learner.js";

/** The model of a recipe and what it learns. */
export async function makeLearner(recipe: PretrainRecipe): Promise<Learner> {
  const { objective = { name: "causal" } } = recipe;
  if (objective.name === "masked") return maskedLearner(recipe, objective);
  return objective.name === "distill" ? distillLearner(recipe, objective) : causalLearner(recipe);
}
