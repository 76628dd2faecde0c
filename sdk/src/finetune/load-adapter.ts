import { readPeftAdapter, type PeftConfig } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { Variable } from "../graph/index.js";
import { LanguageModel } from "../models/index.js";
import { toFloat32 } from "../tensor/index.js";

/**
 * A model with a saved LoRA adapter attached, as PEFT or `ModelFineTuner` wrote it. The base model stays as it is.
 *
 * @param folder holds adapter_config.json and adapter_model.safetensors
 * @returns the adapted model, ready to generate, evaluate, train on or merge (`mergeAdapter`)
 * @throws E_FILE_NOT_FOUND, E_FILE_FORMAT; E_TARGET_MODULES when the model lacks a layer the adapter changes;
 *   E_WEIGHT_MISMATCH with both shapes; E_CONFIG for variants that are not built (DoRA, whole saved modules)
 * @example const tuned = await loadAdapter(await loadModel("gradlab/en-3m"), "runs/gradlab-en-lora/adapter");
 */
export async function loadAdapter(base: LanguageModel, folder: string): Promise<LanguageModel> {
  const { config, modules, extra } = await readPeftAdapter(folder);
  refuseVariants(folder, config, extra.size);
  const model = new LanguageModel({ ...base.parts(), id: `${base.id}+lora` });
  for (const [name, { a, b }] of modules) {
    const linear = model.linears.get(name);
    if (!linear) {
      throw new GradlabError("E_TARGET_MODULES", `${base.id} has no linear layer ${name}.`, {
        where: folder,
        hint: `The adapter was made for ${config.base_model_name_or_path ?? "another model"}.`,
      });
    }
    const [r] = a.shape;
    if (a.shape[1] !== linear.inFeatures || b.shape[0] !== linear.outFeatures) {
      throw new GradlabError(
        "E_WEIGHT_MISMATCH",
        `${name} is [${linear.outFeatures}, ${linear.inFeatures}]; the adapter's pair is [${b.shape.join(", ")}] · [${a.shape.join(", ")}].`,
        { where: folder },
      );
    }
    linear.delta = {
      a: new Variable(toFloat32(a), `${name}.lora_A`),
      b: new Variable(toFloat32(b), `${name}.lora_B`),
      scale: config.lora_alpha / (config.use_rslora ? Math.sqrt(r) : r),
    };
  }
  return model;
}

function refuseVariants(folder: string, config: PeftConfig, wholeTensors: number): void {
  const refuse = (what: string): never => {
    throw new GradlabError("E_CONFIG", `The adapter uses ${what}, which is not built.`, { where: folder });
  };
  if (config.use_dora) refuse("DoRA");
  if (wholeTensors > 0) refuse("whole saved tensors (modules_to_save or biases)");
  if (Object.keys(config.alpha_pattern).length > 0) refuse("alpha_pattern");
}
