import { basename } from "node:path";
import { openWeights, pathKind, type PeftAdapter, type TensorSource } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { HostStorage, placeholder, specText, Variable } from "../graph/index.js";
import { initialize } from "../nn/index.js";
import { formatSpec, isHalf, sameShape, toFloat32, type HostArray } from "../tensor/index.js";
import type { Tokenizer } from "../text/index.js";
import { attachAdapter, isAdapterFolder, mergeAdapter, readAdapter, refuseOtherBase } from "./adapter.js";
import type { Architecture, ConfigJson, ParameterSpec, StoredModel } from "./architecture.js";
import { gpt2 } from "./gpt2/model.js";
import { LanguageModel } from "./language-model.js";
import { llama } from "./llama/model.js";
import { mamba } from "./mamba/model.js";
import { LOADER_OF } from "./loaders.js";
import { checkpointIn, locateFolder, type LocateOptions } from "./locate.js";
import { isProxy, planProxy, proxyName } from "./proxy/make-proxy.js";
import { findTokenizer } from "./read-tokenizer.js";
import { loadBlocks, readQuantization, type QuantizationConfig } from "./quantization.js";
import { attachBlocks, blockLayers, type BlockLayer } from "./weights.js";

export const ARCHITECTURES: readonly Architecture[] = [gpt2, llama, mamba] as readonly Architecture[];

/** @throws E_UNSUPPORTED_ARCH naming what is supported */
export function architectureOf(json: ConfigJson, file: string): Architecture {
  const type = String(json.model_type);
  const found = ARCHITECTURES.find((architecture) => architecture.modelTypes.includes(type));
  if (found) return found;
  const loader = LOADER_OF.get(type);
  if (loader) {
    throw new GradlabError("E_UNSUPPORTED_ARCH", `A "${type}" is no causal language model.`, {
      where: file,
      hint: `Load it with ${loader}(folder).`,
    });
  }
  const known = ARCHITECTURES.flatMap((architecture) => architecture.modelTypes).join(", ");
  throw new GradlabError("E_UNSUPPORTED_ARCH", `model_type "${type}" is not supported.`, {
    where: file,
    hint: `Supported: ${known}.`,
  });
}

/**
 * A fresh model with random weights, by the initialization of its family.
 *
 * @param json config.json's content
 * @param options.seed default 42
 */
export function createModel(
  json: ConfigJson,
  options: { readonly seed?: number; readonly id?: string; readonly tokenizer?: Tokenizer } = {},
): LanguageModel {
  const { seed = 42, id = "new-model", tokenizer } = options;
  const architecture = architectureOf(json, "config");
  const config = architecture.parse(json, "config");
  const parameters = new Map<string, Variable>();
  for (const { name, shape, init } of architecture.parameters(config)) {
    parameters.set(name, new Variable(initialize(name, shape, init, seed), name));
  }
  return new LanguageModel({ id, architecture, config, parameters, ...(tokenizer ? { tokenizer } : {}) });
}

export interface LoadModelOptions extends LocateOptions {
  /**
   * "float32" (default) widens half-precision weights; "stored" keeps matrices in bfloat16 or float16, half the memory, and
   * converts them where they are read: for models that are frozen (LoRA) or only used.
   */
  readonly dtype?: WeightType;
  /**
   * Whether weights in safetensors files are mapped into memory instead of read: loading takes hardly any time or memory, and
   * processes share it, for models that only generate. Training and evaluation read weights again and again, which was
   * measured to be slower from a mapping. The files must not be changed in place meanwhile. Default false.
   */
  readonly map?: boolean;
  /**
   * "proxy": where the weights are not on this machine, a small stand-in of the same architecture with random weights, whose
   * name ends in "@proxy". It downloads config.json and the tokenizer at most, never weights. Default "require".
   */
  readonly weights?: "require" | "proxy";
}

/**
 * Loads a Hugging Face folder: config.json, weights (safetensors, sharded or not, or a PyTorch state
 * dict) and tokenizer.json when there is one. Weights that gradlab quantized stay in their blocks. A folder with a LoRA adapter
 * alone is loaded with the model that it names, and folded in; `loadAdapter` keeps the two apart. An adapter that
 * `ModelFineTuner` wrote is refused on other weights than those it was trained on.
 *
 * @param ref a folder, the id of a model that ships with gradlab, the name "owner/name" of a model or an adapter of the Hugging
 *   Face hub (it is downloaded once, docs/hub.md), or a file of weights (.safetensors, .pt, .pth, .bin) with config.json and tokenizer.json
 *   beside it
 * @throws E_MODEL_NOT_FOUND, E_WEIGHTS_UNAVAILABLE, E_UNSUPPORTED_ARCH, E_WEIGHT_MISMATCH, E_FILE_FORMAT,
 *   E_UNSAFE_PICKLE; E_TARGET_MODULES, E_CONFIG, E_WEIGHT_MISMATCH for an adapter that does not fit its model; for a model of a hub what downloadModel throws
 * @example const model = await loadModel("gradlab/en-3m");
 */
export async function loadModel(ref: string, options: LoadModelOptions = {}): Promise<LanguageModel> {
  if (options.weights === "proxy") return loadOrStandIn(ref, options);
  const { dtype, map = false, ...place } = options;
  const folder = await locateFolder(ref, place);
  const isFile = (await pathKind(ref)) === "file";
  if (!isFile && (await isAdapterFolder(folder))) return loadAdapted(ref, folder, options);
  const { id, weights, configFile, json } = await checkpointIn(folder, ref, place);
  const architecture = architectureOf(json, configFile);
  const config = architecture.parse(json, configFile);
  const { modules = {} } = readQuantization(json, configFile) ?? {};
  const source = await openWeights(weights, { map });
  try {
    const parameters = await readParameters(source, architecture, config, modules, dtype);
    const tokenizer = await findTokenizer(folder);
    const model = new LanguageModel({
      id: isProxy({ config }) ? proxyName(id) : id,
      architecture,
      config,
      parameters,
      ...(tokenizer ? { tokenizer } : {}),
    });
    await readBlocks(source, model, modules, configFile);
    return model;
  } finally {
    await source.close();
  }
}

/** The model that an adapter names, with the adapter folded in. */
async function loadAdapted(ref: string, folder: string, options: LoadModelOptions): Promise<LanguageModel> {
  const { adapter, base } = await readAdapter(folder);
  const plain = await loadModel(base, baseOptions(ref, folder, adapter, options)).catch((error: unknown) => {
    throw error instanceof GradlabError && NOT_HERE.includes(error.code)
      ? new GradlabError(error.code, `The adapter ${ref} changes "${base}", which is not on this machine.`, {
          where: folder,
          hint: `Load that model from where it is, then loadAdapter(model, ${JSON.stringify(folder)}).`,
          cause: error,
        })
      : error;
  });
  const inBlocks = [...plain.linears].find(([name, { blocks }]) => blocks && adapter.modules.has(name));
  if (inBlocks)
    throw new GradlabError(
      "E_CONFIG",
      `${base} is quantized: an adapter cannot be folded into ${inBlocks[0]}.`,
      {
        where: folder,
        hint: "Fold it into the model in half or single precision, and quantize the result.",
      },
    );
  await refuseOtherBase(plain, adapter, folder);
  const { id: _, ...parts } = (await mergeAdapter(attachAdapter(plain, adapter, folder))).parts();
  const tokenizer = (await findTokenizer(folder)) ?? parts.tokenizer;
  return new LanguageModel({
    ...parts,
    id: ref === folder ? basename(folder) : ref,
    ...(tokenizer ? { tokenizer } : {}),
  });
}

/** The revision that is asked for is that of what is named: an adapter of a hub says itself which one of its model it means. */
function baseOptions(
  ref: string,
  folder: string,
  { config }: PeftAdapter,
  options: LoadModelOptions,
): LoadModelOptions {
  if (ref === folder) return options;
  const { revision: _, ...others } = options;
  const { revision } = config;
  return typeof revision === "string" ? { ...others, revision } : others;
}

const NOT_HERE: readonly string[] = ["E_MODEL_NOT_FOUND", "E_WEIGHTS_UNAVAILABLE"];

/** The weights that are on this machine, else a stand-in. */
async function loadOrStandIn(ref: string, options: LoadModelOptions): Promise<LanguageModel> {
  const { weights: _, ...others } = options;
  try {
    return await loadModel(ref, { ...others, offline: true });
  } catch (error) {
    if (!(error instanceof GradlabError) || error.code !== "E_WEIGHTS_UNAVAILABLE") throw error;
    const { json, id, tokenizer } = await planProxy(ref, options, error);
    return createModel(json, { id, tokenizer });
  }
}

/** Gives the modules that config.json names their weights in blocks. @throws E_WEIGHT_MISMATCH */
export async function readBlocks(
  source: TensorSource,
  model: StoredModel,
  modules: QuantizationConfig["modules"],
  where: string,
): Promise<void> {
  for (const [name, how] of Object.entries(modules)) {
    attachBlocks(blockLayer(model, name, where), await loadBlocks(source, name, how));
  }
}

function blockLayer(model: StoredModel, name: string, where: string): BlockLayer {
  const layer = blockLayers(model).get(name);
  if (layer) return layer;
  throw new GradlabError(
    "E_WEIGHT_MISMATCH",
    `quantization_config: ${name} is no layer that can be in blocks.`,
    {
      where,
    },
  );
}

/** How weights are held: all as float32, or matrices in the half-precision type of the file. */
export type WeightType = "float32" | "stored";

/** Vectors are widened in any case: they are few, and norms compute with them. */
const keep = (array: HostArray, dtype: WeightType): HostArray =>
  dtype === "stored" && array.shape.length > 1 && isHalf(array.dtype) ? array : toFloat32(array);

/** What reading weights needs of a family. */
export interface Parametrized<C> {
  parameters(config: C): readonly ParameterSpec[];
  storedNames?(name: string): readonly string[];
}

/** Checks every shape against the config, then reads. Weights of modules in blocks stay without values. */
export async function readParameters<C>(
  source: TensorSource,
  architecture: Parametrized<C>,
  config: C,
  modules: Readonly<Record<string, unknown>> = {},
  dtype: WeightType = "float32",
): Promise<Map<string, Variable>> {
  const parameters = new Map<string, Variable>();
  const left = new Set(Object.keys(modules));
  for (const { name, shape } of architecture.parameters(config)) {
    if (left.delete(name.replace(/\.weight$/, ""))) {
      parameters.set(name, new Variable(placeholder(shape), name, false));
      continue;
    }
    const found = storedName(source, name, architecture.storedNames?.(name));
    const stored = source.spec(found);
    if (!sameShape(stored.shape, shape)) {
      throw new GradlabError(
        "E_WEIGHT_MISMATCH",
        `${name} is ${specText(stored)} in the file, config.json makes it ${formatSpec("float32", shape)}.`,
        { where: source.file },
      );
    }
    // What was read belongs to nobody else: the variable takes the memory itself, without a copy.
    parameters.set(name, new Variable(new HostStorage(keep(await source.read(found), dtype)), name));
  }
  if (left.size > 0) {
    throw new GradlabError(
      "E_WEIGHT_MISMATCH",
      `quantization_config names ${[...left].join(", ")}, which the model does not have.`,
      {
        where: source.file,
      },
    );
  }
  return parameters;
}

/** The checkpoint's name of a parameter; those of a base model leave out the leading "transformer.". */
export function storedName(source: TensorSource, name: string, others: readonly string[] = []): string {
  const names = [name, ...others, name.replace(/^(transformer|model|backbone)\./, "")];
  return names.find((candidate) => source.names.includes(candidate)) ?? name;
}
