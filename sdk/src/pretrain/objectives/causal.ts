import { createModel, readTokenizer } from "../../models/index.js";
import { trainingFlopsPerToken } from "../measure-peak.js";
import type { PretrainRecipe } from "../recipe.js";
import type { Learner } from "./learner.js";

/** The next token: −ln p(x_{t+1} | x_1 … x_t). */
export async function causalLearner(recipe: PretrainRecipe): Promise<Learner> {
  const { id, config, seed = 42 } = recipe;
  const tokenizer = await readTokenizer(recipe.tokenizer);
  const model = createModel(config, { seed, id, tokenizer });
  const { layers, width } = model.config;
  const losses: Learner["losses"] = (ids, targets) => model.losses(ids, targets);
  return {
    model,
    tokenizer,
    losses,
    heldOut: losses,
    flopsPerToken: (window) => trainingFlopsPerToken({ parameters: model.paramCount, layers, width, window }),
    prepare: (batch) => batch,
    readsOn: true,
  };
}
