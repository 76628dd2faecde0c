import { extname, join } from "node:path";
import { GradlabError } from "../errors.js";
import { pathKind } from "./file.js";
import { openPt } from "./read-pt.js";
import { type OpenSafetensorsOptions, openSafetensors } from "./read-safetensors.js";
import { openSharded } from "./read-sharded.js";
import type { TensorSource } from "./tensor-source.js";

const IN_FOLDER = [
  "model.safetensors",
  "model.safetensors.index.json",
  "adapter_model.safetensors",
  "pytorch_model.bin",
];

/**
 * Opens the weights at a path: a file by its ending (.safetensors, .index.json, .pt, .pth, .bin), or in a folder the
 * first of model.safetensors, model.safetensors.index.json, adapter_model.safetensors, pytorch_model.bin.
 *
 * @throws E_FILE_NOT_FOUND for no file, E_WEIGHTS_UNAVAILABLE for a folder without weights, E_FILE_FORMAT for another
 * kind of file or a damaged one, E_UNSAFE_PICKLE
 * @example const weights = await openWeights("models/gpt2");
 */
export async function openWeights(path: string, options: OpenSafetensorsOptions = {}): Promise<TensorSource> {
  const kind = await pathKind(path);
  if (kind === undefined) throw new GradlabError("E_FILE_NOT_FOUND", `There is no ${path}.`, { where: path });
  if (kind === "file") return openWeightFile(path, options);
  const found = await findWeights(path);
  if (found !== undefined) return openWeightFile(found, options);
  throw new GradlabError("E_WEIGHTS_UNAVAILABLE", `The folder ${path} holds no weights.`, {
    where: path,
    hint: `Put one of these into it: ${IN_FOLDER.join(", ")}.`,
  });
}

/**
 * The file of a folder that its weights are opened by, as `openWeights` looks for it; undefined where it has none.
 *
 * @example await findWeights("models/en-3m") // "models/en-3m/model.safetensors"
 */
export async function findWeights(folder: string): Promise<string | undefined> {
  for (const name of IN_FOLDER)
    if ((await pathKind(join(folder, name))) === "file") return join(folder, name);
  return undefined;
}

function openWeightFile(path: string, options: OpenSafetensorsOptions): Promise<TensorSource> {
  const ending = extname(path).toLowerCase();
  if (ending === ".safetensors") return openSafetensors(path, options);
  if (path.endsWith(".index.json")) return openSharded(path, options);
  if ([".pt", ".pth", ".bin"].includes(ending)) return openPt(path);
  throw new GradlabError("E_FILE_FORMAT", `${path} is no kind of weights that can be read.`, {
    where: path,
    hint: "Give a .safetensors, .safetensors.index.json, .pt, .pth or .bin file.",
  });
}
