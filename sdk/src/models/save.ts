import { join } from "node:path";
import { writeFolderAtomic, writeSafetensors, writeFileAtomic } from "../artifacts/index.js";
import { castArray, type DType, type HostArray } from "../tensor/index.js";
import type { LanguageModel } from "./language-model.js";

export interface SaveOptions {
  /** Type of the stored weights. Default float32. */
  readonly dtype?: Extract<DType, "float32" | "float16" | "bfloat16">;
  /** Texts to put beside the weights, by file name. */
  readonly extraFiles?: Readonly<Record<string, string>>;
}

/**
 * Writes a Hugging Face folder (config.json, model.safetensors, tokenizer.json), atomically: the folder
 * appears whole or not at all.
 *
 * @returns the folder
 */
export function saveModel(model: LanguageModel, folder: string, options: SaveOptions = {}): Promise<string> {
  const { dtype = "float32", extraFiles = {} } = options;
  return writeFolderAtomic(folder, async (at) => {
    const tensors: [string, HostArray][] = [];
    for (const [name, parameter] of model.parameters) tensors.push([name, castArray(await parameter.array(), dtype)]);
    await writeSafetensors(join(at, "model.safetensors"), tensors);
    const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
    await writeText(join(at, "config.json"), json({ ...model.config.json, torch_dtype: dtype }));
    if (model.tokenizer) {
      await writeText(join(at, "tokenizer.json"), json(model.tokenizer.toJSON()));
      await writeText(join(at, "tokenizer_config.json"), json(model.tokenizer.toConfig()));
    }
    for (const [name, text] of Object.entries(extraFiles)) await writeText(join(at, name), text);
  });
}

const writeText = (path: string, text: string): Promise<void> => writeFileAtomic(path, text);
