import { readPeftAdapter } from "../artifacts/index.js";
import { attachAdapter, type LanguageModel } from "../models/index.js";

/**
 * A model with a saved LoRA adapter attached, as PEFT or `ModelFineTuner` wrote it. The base model stays as it is.
 *
 * `loadModel(folder)` loads the model that the adapter names as well, and folds the adapter in.
 *
 * @param folder holds adapter_config.json and adapter_model.safetensors
 * @returns the adapted model, ready to generate, evaluate, train on or merge (`mergeAdapter`)
 * @throws E_FILE_NOT_FOUND, E_FILE_FORMAT; E_TARGET_MODULES when the model lacks a layer the adapter changes;
 *   E_WEIGHT_MISMATCH with both shapes; E_CONFIG for variants that are not built (DoRA, whole saved modules)
 * @example const tuned = await loadAdapter(await loadModel("gradlab/en-3m"), "runs/gradlab-en-lora/adapter");
 */
export async function loadAdapter(base: LanguageModel, folder: string): Promise<LanguageModel> {
  return attachAdapter(base, await readPeftAdapter(folder), folder);
}
