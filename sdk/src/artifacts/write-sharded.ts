import { join } from "node:path";
import type { HostArray } from "../tensor/index.js";
import { writeFileAtomic } from "./write-file.js";
import { writeSafetensors } from "./write-safetensors.js";

/**
 * Writes tensors into a folder as Hugging Face does: model.safetensors if they fit, else
 * model-00001-of-0000N.safetensors, … and the index that says which tensor is where. A tensor is never cut; one larger than
 * a shard has a file of its own.
 *
 * @param maxShardBytes bytes of tensors in one file. Default: no limit.
 * @returns the names of the files, the index last
 * @throws E_FILE_FORMAT as writeSafetensors
 * @example await writeSharded("out", [["w", hostArray(Float32Array.of(1, 2), [2])]], 5e9) // ["model.safetensors"]
 */
export async function writeSharded(
  folder: string,
  tensors: readonly (readonly [string, HostArray])[],
  maxShardBytes = Infinity,
): Promise<string[]> {
  const shards = divide(tensors, maxShardBytes);
  if (shards.length === 1) {
    await writeSafetensors(join(folder, "model.safetensors"), shards[0]);
    return ["model.safetensors"];
  }
  const number = (n: number): string => String(n).padStart(5, "0");
  const names = shards.map((_, i) => `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`);
  for (const [i, shard] of shards.entries()) await writeSafetensors(join(folder, names[i]), shard);
  const weightMap = Object.fromEntries(shards.flatMap((shard, i) => shard.map(([name]) => [name, names[i]])));
  const total = tensors.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const index = { metadata: { total_size: total }, weight_map: weightMap };
  await writeFileAtomic(join(folder, "model.safetensors.index.json"), `${JSON.stringify(index, null, 2)}\n`);
  return [...names, "model.safetensors.index.json"];
}

/** Tensors in order, as many in a shard as fit. */
function divide<T extends readonly [string, HostArray]>(tensors: readonly T[], most: number): T[][] {
  const shards: T[][] = [[]];
  let size = 0;
  for (const entry of tensors) {
    const bytes = entry[1].data.byteLength;
    if (size > 0 && size + bytes > most) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(entry);
    size += bytes;
  }
  return shards;
}
