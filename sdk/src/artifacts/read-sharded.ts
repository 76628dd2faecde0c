import { basename, dirname, join } from "node:path";
import { GradlabError } from "../errors.js";
import { pathKind } from "./file.js";
import { readJson } from "./json.js";
import { type OpenSafetensorsOptions, openSafetensors } from "./read-safetensors.js";
import { type TensorSource, missingTensor } from "./tensor-source.js";

/**
 * Opens the files that a `model.safetensors.index.json` names as one source; every header is checked at once.
 *
 * @throws E_FILE_NOT_FOUND for a missing shard, E_FILE_FORMAT for a malformed index,
 * E_WEIGHT_MISMATCH when a shard lacks a tensor that the index says it has
 * @example await openSharded("llama/model.safetensors.index.json")
 */
export async function openSharded(
  indexPath: string,
  options: OpenSafetensorsOptions = {},
): Promise<TensorSource> {
  const { shardOf, metadata } = await readIndex(indexPath);
  const folder = dirname(indexPath);
  await checkShards(indexPath, folder, new Set(shardOf.values()));
  const names = [...shardOf.keys()];
  const opened = new Map<string, TensorSource>();
  for (const shard of new Set(shardOf.values())) {
    const source = await openSafetensors(join(folder, shard), options);
    opened.set(shard, source);
    const lacking = names.find((name) => shardOf.get(name) === shard && !source.names.includes(name));
    if (lacking !== undefined) {
      await closeAll(opened);
      throw missingTensor(source.file, lacking, source.names);
    }
  }
  const shardFor = (name: string): TensorSource => {
    const source = opened.get(shardOf.get(name) ?? "");
    if (source === undefined) throw missingTensor(indexPath, name, names);
    return source;
  };
  return {
    file: indexPath,
    names,
    metadata,
    spec: (name) => shardFor(name).spec(name),
    read: async (name) => shardFor(name).read(name),
    close: () => closeAll(opened),
  };
}

async function closeAll(opened: ReadonlyMap<string, TensorSource>): Promise<void> {
  for (const source of opened.values()) await source.close();
}

async function readIndex(
  path: string,
): Promise<{ shardOf: Map<string, string>; metadata: Record<string, string> }> {
  const json = await readJson(path);
  const map = typeof json === "object" && json !== null && "weight_map" in json ? json.weight_map : undefined;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw badIndex(path, "it has no weight_map");
  const shardOf = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    // A shard is a plain name beside the index: an index must not reach into other folders.
    if (typeof shard !== "string" || shard !== basename(shard) || shard.startsWith("."))
      throw badIndex(path, `the file of "${name}" is ${JSON.stringify(shard)}, not a name beside the index`);
    shardOf.set(name, shard);
  }
  const extra = json !== null && typeof json === "object" && "metadata" in json ? json.metadata : {};
  const metadata = Object.fromEntries(
    Object.entries(extra ?? {}).map(([key, value]) => [key, String(value)]),
  );
  return { shardOf, metadata };
}

const badIndex = (path: string, why: string): GradlabError =>
  new GradlabError("E_FILE_FORMAT", `${path} is no index of shards: ${why}.`, { where: path });

async function checkShards(index: string, folder: string, shards: ReadonlySet<string>): Promise<void> {
  for (const shard of shards)
    if ((await pathKind(join(folder, shard))) !== "file")
      throw new GradlabError("E_FILE_NOT_FOUND", `${index} names ${shard}, which is not there.`, {
        where: join(folder, shard),
        hint: "Get the missing shard; all of them lie beside the index.",
      });
}
