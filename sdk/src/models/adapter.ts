import { join } from "node:path";
import {
  BASE_WEIGHTS_HASH,
  pathKind,
  PEFT_CONFIG,
  readPeftAdapter,
  readPeftConfig,
  type PeftAdapter,
} from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { evaluate, Variable } from "../graph/index.js";
import { add, cast, matmul, transpose } from "../ops/index.js";
import { toFloat32 } from "../tensor/index.js";
import { hashWeights } from "./hash-weights.js";
import { LanguageModel } from "./language-model.js";

/** Whether a folder holds an adapter and no model of its own. */
export const isAdapterFolder = async (folder: string): Promise<boolean> =>
  (await pathKind(join(folder, PEFT_CONFIG))) === "file" &&
  (await pathKind(join(folder, "config.json"))) !== "file";

/**
 * The model that an adapter was made for, as its configuration names it.
 *
 * @throws E_FILE_FORMAT where it names none
 */
export async function baseOfAdapter(folder: string): Promise<string> {
  const base = (await readPeftConfig(folder)).base_model_name_or_path;
  if (base) return base;
  throw new GradlabError("E_FILE_FORMAT", `The adapter ${folder} does not say which model it changes.`, {
    where: join(folder, PEFT_CONFIG),
    hint: "Load that model, then loadAdapter(model, folder); or write its name into base_model_name_or_path.",
  });
}

/** An adapter and the model that it was made for. @throws as readPeftAdapter, baseOfAdapter */
export async function readAdapter(folder: string): Promise<{ adapter: PeftAdapter; base: string }> {
  const base = await baseOfAdapter(folder);
  return { adapter: await readPeftAdapter(folder), base };
}

/**
 * An adapter that says which weights it was trained on is for those alone: on others, of the same shapes, it gives answers that
 * nobody meant. One that does not say, such as PEFT's own, is taken for any.
 *
 * @throws E_WEIGHT_MISMATCH
 */
export async function refuseOtherBase(
  base: LanguageModel,
  { metadata }: PeftAdapter,
  folder: string,
): Promise<void> {
  const wanted = metadata[BASE_WEIGHTS_HASH];
  if (wanted === undefined) return;
  const found = await hashWeights(base);
  if (found === undefined || found === wanted) return;
  throw new GradlabError(
    "E_WEIGHT_MISMATCH",
    `The adapter was trained on other weights than those that ${base.id} has here.`,
    {
      where: folder,
      hint: `Train it again on these, or get ${base.id} with the weights it was trained on (hashWeights ${wanted.slice(0, 16)}…, here ${found.slice(0, 16)}…). To use it on these all the same: mergeAdapter(await loadAdapter(model, ${JSON.stringify(folder)})).`,
      details: { wanted, found },
    },
  );
}

/** A variant of the base that shares its parameters and adds the adapter's products. @throws as loadAdapter */
export function attachAdapter(base: LanguageModel, adapter: PeftAdapter, folder: string): LanguageModel {
  const { config, modules } = adapter;
  refuseVariants(folder, adapter);
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

function refuseVariants(folder: string, { config, extra }: PeftAdapter): void {
  const refuse = (what: string): never => {
    throw new GradlabError("E_CONFIG", `The adapter uses ${what}, which is not built.`, { where: folder });
  };
  if (config.use_dora) refuse("DoRA");
  if (extra.size > 0) refuse("whole saved tensors (modules_to_save or biases)");
  if (Object.keys(config.alpha_pattern).length > 0) refuse("alpha_pattern");
}

/**
 * A plain model with the adapter folded in: W + scale · B·A for every adapted layer.
 *
 * @example const plain = await mergeAdapter(await loadAdapter(model, "runs/gradlab-en-lora/adapter"));
 */
export async function mergeAdapter(model: LanguageModel): Promise<LanguageModel> {
  const parameters = new Map(model.parameters);
  for (const { weight, delta, layout } of model.linears.values()) {
    if (!delta) continue;
    const product = matmul(delta.b, delta.a, { alpha: delta.scale });
    const sum = add(cast(weight, "float32"), layout === "out-in" ? product : transpose(product));
    const merged = cast(sum, weight.dtype);
    await evaluate([merged]);
    parameters.set(weight.name, new Variable(merged.storage!, weight.name));
  }
  return new LanguageModel({ ...model.parts(), parameters });
}
