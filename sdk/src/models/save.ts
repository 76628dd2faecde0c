import { join } from "node:path";
import { writeFileAtomic, writeFolderAtomic, writeSharded } from "../artifacts/index.js";
import { castArray, isHalf, toFloat32, type DType, type HostArray } from "../tensor/index.js";
import type { ConfigJson, StoredModel } from "./architecture.js";
import { isProxy, proxyCard } from "./proxy/make-proxy.js";
import { describeQuantization, storeBlocks } from "./quantization.js";
import { blockLayers, refuseAdapter, replacedWeights } from "./weights.js";

export interface SaveOptions {
  /**
   * Type of the stored weights, other than those in blocks. Default: that of the model's matrices; vectors that it
   * does not hold exactly stay float32.
   */
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
  const { extraFiles = {}, maxShardBytes } = options;
  const own = ownType(model);
  const dtype = options.dtype ?? own;
  refuseAdapter(model);
  return writeFolderAtomic(folder, async (at) => {
    const tensors: [string, HostArray][] = [];
    const replaced = replacedWeights(model);
    for (const [name, parameter] of model.parameters) {
      if (!replaced.has(parameter))
        tensors.push([
          name,
          options.dtype ? castArray(await parameter.array(), dtype) : inType(await parameter.array(), own),
        ]);
    }
    for (const [name, { blocks }] of blockLayers(model)) {
      if (blocks) tensors.push(...(await storeBlocks(name, blocks)));
    }
    await writeSharded(at, tensors, maxShardBytes);
    await writeText(join(at, "config.json"), json(configOf(model, dtype)));
    if (isProxy(model)) await writeText(join(at, "README.md"), proxyCard(model.id, model.config.json));
    for (const [name, content] of filesBeside(model)) await writeFileAtomic(join(at, name), content);
    for (const [name, text] of Object.entries(extraFiles)) await writeText(join(at, name), text);
  });
}

/** The half-precision type that matrices of the model are held in; float32 without any. */
function ownType(model: StoredModel): "float32" | "float16" | "bfloat16" {
  const half = [...model.parameters.values()].find(({ dtype }) => isHalf(dtype))?.dtype;
  return half === "float16" || half === "bfloat16" ? half : "float32";
}

/** An array in a half-precision type if that changes no value; as it is otherwise. */
function inType(array: HostArray, dtype: "float32" | "float16" | "bfloat16"): HostArray {
  if (array.dtype !== "float32" || dtype === "float32") return array;
  const half = castArray(array, dtype);
  const again = toFloat32(half).data;
  return array.data.every((value, i) => Object.is(value, again[i])) ? half : array;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What lies beside config.json and weights: the tokenizer's files, and what the model was loaded with. */
export function filesBeside({ tokenizer, files }: StoredModel): Map<string, string | Uint8Array> {
  const texts = tokenizer && [
    ["tokenizer.json", json(tokenizer.toJSON())] as const,
    ["tokenizer_config.json", json(tokenizer.toConfig())] as const,
  ];
  return new Map<string, string | Uint8Array>([...(texts ?? []), ...(files ?? [])]);
}

function configOf(model: StoredModel, dtype: DType): ConfigJson {
  const { quantization_config: _, ...json } = model.config.json;
  const quantization = describeQuantization(model);
  return { ...json, torch_dtype: dtype, ...(quantization ? { quantization_config: quantization } : {}) };
}

const writeText = (path: string, text: string): Promise<void> => writeFileAtomic(path, text);
