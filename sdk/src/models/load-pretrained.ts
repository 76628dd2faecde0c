import { join } from "node:path";
import { listFolder, openWeights, readBytes, type TensorSource } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import type { Variable } from "../graph/index.js";
import type { TextTokenizer } from "../text/index.js";
import type { ConfigJson, ParameterSpec, StoredModel } from "./architecture.js";
import { readBlocks, readParameters, storedName } from "./load.js";
import { LOADER_OF } from "./loaders.js";
import { locateCheckpoint, type LocateOptions } from "./locate.js";
import {
  freshParameters,
  specsOf,
  type AssembledNetwork,
  type Family,
  type PretrainedConfig,
  type PretrainedParts,
} from "./pretrained.js";
import { readQuantization } from "./quantization.js";
import { findTextTokenizer } from "./read-tokenizer.js";

/** A class of models and the families it serves. */
export interface Kind<C extends PretrainedConfig, N extends AssembledNetwork, M extends StoredModel> {
  /** The loader's name, for hints. */
  readonly loader: string;
  readonly families: readonly Family<C, N>[];
  readonly make: (parts: PretrainedParts<C, N>) => M;
}

export interface LoadPretrainedOptions extends LocateOptions {
  /** Seed of parameters that the checkpoint does not have. Default 42. */
  readonly seed?: number;
}

/** What a loader decides before the config is parsed. */
export interface Adaptation {
  /** Changes config.json's content, such as the head it asks for. */
  readonly adapt?: (json: ConfigJson, file: string) => ConfigJson;
  /** Which head parameters start afresh. Default "none": all must be in the checkpoint. */
  readonly fresh?: "none" | "missing" | "all";
}

/** Reads a folder as one kind of model; each loader's own page says more. */
export async function loadKind<C extends PretrainedConfig, N extends AssembledNetwork, M extends StoredModel>(
  kind: Kind<C, N, M>,
  ref: string,
  options: LoadPretrainedOptions & Adaptation,
): Promise<M> {
  const place = await locateCheckpoint(ref, options);
  const { id, folder, configFile } = place;
  const family = familyOf(kind, place.json, configFile);
  const json = options.adapt?.(place.json, configFile) ?? place.json;
  const config = family.parse(json, configFile);
  const { modules = {} } = readQuantization(json, configFile) ?? {};
  const source = await openWeights(place.weights);
  try {
    const read = await readSpecs(source, family, config, { ...options, modules });
    const model = kind.make({ id, family, config, ...read, ...(await readBeside(folder)) });
    await readBlocks(source, model, modules, configFile);
    return model;
  } finally {
    await source.close();
  }
}

/** A model with fresh weights, by the initialization of its family. */
export function createKind<C extends PretrainedConfig, N extends AssembledNetwork, M extends StoredModel>(
  kind: Kind<C, N, M>,
  json: ConfigJson,
  options: CreateOptions & Pick<Adaptation, "adapt">,
): M {
  const { seed = 42, id = "new-model", tokenizer } = options;
  const family = familyOf(kind, json, "config");
  const config = family.parse(options.adapt?.(json, "config") ?? json, "config");
  const parameters = freshParameters(specsOf(family, config), seed);
  return kind.make({ id, family, config, parameters, ...(tokenizer ? { tokenizer } : {}) });
}

export interface CreateOptions {
  /** Default 42. */
  readonly seed?: number;
  /** A name for reports. Default "new-model". */
  readonly id?: string;
  readonly tokenizer?: TextTokenizer;
}

/** @throws E_UNSUPPORTED_ARCH naming what this loader reads */
function familyOf<C extends PretrainedConfig, N extends AssembledNetwork, M extends StoredModel>(
  { families, loader }: Kind<C, N, M>,
  json: ConfigJson,
  file: string,
): Family<C, N> {
  const type = String(json.model_type);
  const found = families.find(({ modelTypes }) => modelTypes.includes(type));
  if (found) return found;
  const known = families.flatMap(({ modelTypes }) => modelTypes).join(", ");
  const other = LOADER_OF.get(type);
  throw new GradlabError("E_UNSUPPORTED_ARCH", `${loader} does not read model_type "${type}".`, {
    where: file,
    hint: other ? `Load it with ${other}(folder).` : `It reads ${known}; loadModel reads language models.`,
  });
}

interface ReadOptions extends Pick<LoadPretrainedOptions, "seed">, Pick<Adaptation, "fresh"> {
  readonly modules: Readonly<Record<string, unknown>>;
}

interface ReadResult {
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly initialized: readonly string[];
  readonly unused: readonly string[];
}

/** The checkpoint's parameters, those of a new head afresh, in the order of the specs. */
async function readSpecs<C extends PretrainedConfig, N extends AssembledNetwork>(
  source: TensorSource,
  family: Family<C, N>,
  config: C,
  { fresh = "none", seed = 42, modules }: ReadOptions,
): Promise<ReadResult> {
  const specs = specsOf(family, config);
  const nameIn = (name: string): string => storedName(source, name, family.storedNames?.(name));
  const startsAfresh = ({ name }: ParameterSpec): boolean =>
    fresh !== "none" &&
    !Object.hasOwn(modules, name.replace(/\.weight$/, "")) &&
    family.isHead?.(name) === true &&
    (fresh === "all" || !source.names.includes(nameIn(name)));
  const missing = specs.filter(startsAfresh);
  const present = specs.filter((spec) => !missing.includes(spec));
  const stored = await readParameters(source, { ...family, parameters: () => present }, config, modules);
  const all = new Map([...stored, ...freshParameters(missing, seed)]);
  const used = new Set(present.flatMap(({ name }) => [nameIn(name), ...blockNames(name)]));
  return {
    parameters: new Map(specs.map(({ name }) => [name, all.get(name)!])),
    initialized: missing.map(({ name }) => name),
    unused: source.names.filter((name) => !used.has(name)),
  };
}

const blockNames = (name: string): string[] =>
  ["packed", "scales"].map((part) => name.replace(/weight$/, part));

/** Small files that belong to a checkpoint and are kept as they were. */
const KEPT = [
  "added_tokens.json",
  "generation_config.json",
  "merges.txt",
  "preprocessor_config.json",
  "sentencepiece.bpe.model",
  "special_tokens_map.json",
  "spiece.model",
  "tokenizer.json",
  "tokenizer_config.json",
  "vocab.json",
  "vocab.txt",
];

type Beside = Pick<
  PretrainedParts<PretrainedConfig, AssembledNetwork>,
  "files" | "tokenizer" | "tokenizerProblem"
>;

/** The files beside the weights. A tokenizer that cannot be followed is kept as a file, with the reason. */
async function readBeside(folder: string): Promise<Beside> {
  const names = (await listFolder(folder)).filter((name) => KEPT.includes(name));
  const files = new Map<string, Uint8Array>();
  for (const name of names) files.set(name, await readBytes(join(folder, name)));
  try {
    const tokenizer = await findTextTokenizer(folder);
    return tokenizer ? { files, tokenizer } : { files };
  } catch (error) {
    if (error instanceof GradlabError && error.code === "E_TOKENIZER")
      return { files, tokenizerProblem: error };
    throw error;
  }
}
