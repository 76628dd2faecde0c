import { Variable } from "../../graph/index.js";
import { LanguageModel, saveModel } from "../../models/index.js";
import { toFloat32 } from "../../tensor/index.js";
import type { FullOptions } from "../options.js";
import type { Prepared } from "./method.js";

/**
 * Every parameter trains (but frozen ones), on float32 copies: the base model stays as it is, whatever type it holds
 * its weights in.
 */
export async function prepareFull(base: LanguageModel, { freeze = [] }: FullOptions): Promise<Prepared> {
  const parameters = new Map<string, Variable>();
  for (const [name, parameter] of base.parameters) {
    const frozen = freeze.some((prefix) => name.startsWith(prefix));
    parameters.set(name, frozen ? parameter : new Variable(toFloat32(await parameter.array()), name));
  }
  const model = new LanguageModel({ ...base.parts(), id: `${base.id}+full`, parameters });
  return {
    model,
    trainable: [...parameters].filter(([name, p]) => p !== base.parameters.get(name)).map(([, p]) => p),
    defaultRate: 3e-4,
    groups: [],
    save: async (folder, extraFiles) => void (await saveModel(model, folder, { extraFiles })),
    format: "huggingface",
    merge: () => Promise.resolve(model),
  };
}
