import { isDeepStrictEqual } from "node:util";
import {
  BASE_WEIGHTS_HASH,
  hashWeights,
  type LanguageModel,
  type PeftAdapter,
  type RunRecord,
} from "gradlab";

/** What a publication is made from. */
export interface AdapterParts {
  readonly adapter: PeftAdapter;
  /** The model that will be shipped beside it. */
  readonly base: LanguageModel;
  readonly recipe: Readonly<Record<string, unknown>>;
  /** run.json of the training. */
  readonly record: RunRecord;
}

/** @throws an Error unless the adapter was trained by this recipe, on these weights of this base model */
export async function checkAdapter({ adapter, base, recipe, record }: AdapterParts): Promise<void> {
  const refuse = (why: string): never => {
    throw new Error(`Not published: ${why} Train again by the recipe.`);
  };
  const named = adapter.config.base_model_name_or_path;
  if (named !== recipe["baseModel"])
    refuse(`the adapter changes ${named}, the recipe says ${String(recipe["baseModel"])}.`);
  const [trainedOn, here] = [adapter.metadata[BASE_WEIGHTS_HASH], await hashWeights(base)];
  if (trainedOn === undefined) refuse("the adapter does not say which weights it was trained on.");
  if (trainedOn !== here)
    refuse(`the adapter was trained on weights ${trainedOn}, ${base.id} has ${String(here)} now.`);
  const { run, adapter: pairs } = record.options;
  // the command line resumes whatever it finds; that changes no result
  const { resume: _, ...options } = run as { readonly resume?: boolean };
  if (!isDeepStrictEqual([options, pairs], [recipe["run"], recipe["adapter"]]))
    refuse("the run's options are not the recipe's.");
}
