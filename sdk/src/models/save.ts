import { join } from "node:path";
import { writeFileAtomic, writeFolderAtomic, writeSharded } from "../artifacts/index.js";
import { castArray, type DType, type HostArray } from "../tensor/index.js";
import type { ConfigJson, StoredModel } from "./architecture.js";
import { describeQuantization, storeBlocks } from "./quantization.js";
import { blockLayers, refuseAdapter, replacedWeights } from "./weights.js";

export interface SaveOptions {
  /** Type of the stored weights, other than those in blocks. Default float32. */
  readonly dtype?: Extract<DType, "float32" | "float16" | "bfloat16">;
  /** Bytes of weights in one file; more are divided into shards with an index. Default: one file. */
  readonly maxShardBytes?: number;
  /** Texts to put beside the weights, by file name. */
  readonly extraFiles?: Readonly<Record<string, string>>;
}

/**
 * Writes a Hugging Face folder (config.json, model.safetensors, tokenizer.json, what lay beside them), atomically: the folder
 * appears whole or not at all. Weights in blocks are stored as `<module>.packed` and `<module>.scales`, described by
 * `quantization_config` in config.json.
 *
 * @returns the folder
 * @throws E_CONFIG for a model with an adapter that is not merged: it would be lost
 */
export async function saveModel(
  model: StoredModel,
  folder: string,
  options: SaveOptions = {},
): Promise<string> {
  const { dtype = "float32", extraFiles = {}, maxShardBytes } = options;
  refuseAdapter(model);
  return writeFolderAtomic(folder, async (at) => {
    const tensors: [string, HostArray][] = [];
    const replaced = replacedWeights(model);
    for (const [name, parameter] of model.parameters) {
      if (!replaced.has(parameter)) tensors.push([name, castArray(await parameter.array(), dtype)]);
    }
    for (const [name, { blocks }] of blockLayers(model)) {
      if (blocks) tensors.push(...(await storeBlocks(name, blocks)));
    }
    await writeSharded(at, tensors, maxShardBytes);
    const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
    await writeText(join(at, "config.json"), json(configOf(model, dtype)));
    if (model.tokenizer) {
      await writeText(join(at, "tokenizer.json"), json(model.tokenizer.toJSON()));
      await writeText(join(at, "tokenizer_config.json"), json(model.tokenizer.toConfig()));
    }
    for (const [name, bytes] of model.files ?? []) await writeFileAtomic(join(at, name), bytes);
    for (const [name, text] of Object.entries(extraFiles)) await writeText(join(at, name), text);
  });
}

function configOf(model: StoredModel, dtype: DType): ConfigJson {
  const { quantization_config: _, ...json } = model.config.json;
  const quantization = describeQuantization(model);
  return { ...json, torch_dtype: dtype, ...(quantization ? { quantization_config: quantization } : {}) };
}

const writeText = (path: string, text: string): Promise<void> => writeFileAtomic(path, text);
