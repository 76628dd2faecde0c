import type { TensorSource } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { Variable } from "../graph/index.js";
import type { BlockWeight } from "../nn/index.js";
import { castArray, toFloat32, type HostArray } from "../tensor/index.js";
import type { ConfigJson, StoredModel } from "./architecture.js";
import { blockLayers } from "./weights.js";

/** `quant_method` in config.json: which reader the blocks need. */
const QUANT_METHOD = "gradlab";

export interface ModuleQuantization {
  readonly bits: number;
  readonly block_size: number;
  readonly accuracy_level: number;
}

/** `quantization_config` in config.json: which modules are stored in blocks, and how. */
export interface QuantizationConfig {
  readonly quant_method: typeof QUANT_METHOD;
  /** The quantizer's method, such as "dynamic_int8". */
  readonly method?: string;
  readonly modules: Readonly<Record<string, ModuleQuantization>>;
}

/**
 * What config.json says of blocks; undefined for a dense model.
 *
 * @throws E_UNSUPPORTED_ARCH for weights that another tool quantized; E_FILE_FORMAT for a damaged entry
 */
export function readQuantization(json: ConfigJson, file: string): QuantizationConfig | undefined {
  const entry = json.quantization_config as Partial<QuantizationConfig> | null | undefined;
  if (entry === undefined || entry === null) return undefined;
  if (entry.quant_method !== QUANT_METHOD) {
    throw new GradlabError(
      "E_UNSUPPORTED_ARCH",
      `The weights are quantized by "${String(entry.quant_method)}".`,
      {
        where: file,
        hint: `Only "${QUANT_METHOD}" blocks are read; start from the unquantized model.`,
      },
    );
  }
  for (const [name, { bits, block_size: block }] of Object.entries(entry.modules ?? {})) {
    if ((bits === 4 || bits === 8) && Number.isInteger(block) && block > 0) continue;
    throw new GradlabError(
      "E_FILE_FORMAT",
      `quantization_config: ${name} has blocks of ${block} × ${bits} bits.`,
      {
        where: file,
        hint: "Bits are 4 or 8; block_size is a positive integer.",
      },
    );
  }
  return { quant_method: QUANT_METHOD, modules: {}, ...entry };
}

/** The entry for config.json that describes a model's present blocks; undefined without any. */
export function describeQuantization(model: StoredModel): QuantizationConfig | undefined {
  const modules: Record<string, ModuleQuantization> = {};
  for (const [name, { blocks }] of blockLayers(model)) {
    if (!blocks) continue;
    modules[name] = { bits: blocks.bits, block_size: blocks.block, accuracy_level: blocks.accuracyLevel };
  }
  if (Object.keys(modules).length === 0) return undefined;
  const before = model.config.json.quantization_config as Partial<QuantizationConfig> | undefined;
  return { quant_method: QUANT_METHOD, ...(before?.method ? { method: before.method } : {}), modules };
}

/** The two tensors a module's blocks are stored in; scales that half precision holds exactly take two bytes. */
export async function storeBlocks(
  name: string,
  { packed, scales }: BlockWeight,
): Promise<[string, HostArray][]> {
  const wide = await scales.array();
  const half = castArray(wide, "float16");
  const exact = toFloat32(half).data.every((scale, i) => scale === wide.data[i]);
  return [
    [`${name}.packed`, await packed.array()],
    [`${name}.scales`, exact ? half : wide],
  ];
}

/** Reads what `storeBlocks` wrote. @throws E_WEIGHT_MISMATCH when a tensor is missing */
export async function loadBlocks(
  source: TensorSource,
  name: string,
  { bits, block_size: block, accuracy_level: accuracyLevel }: ModuleQuantization,
): Promise<BlockWeight> {
  const read = async (part: string): Promise<HostArray> => source.read(`${name}.${part}`);
  return makeBlocks(name, await read("packed"), toFloat32(await read("scales")), {
    bits,
    block,
    accuracyLevel,
  });
}

/** Packed integers and scales as a layer takes them. */
export function makeBlocks(
  name: string,
  packed: HostArray,
  scales: HostArray,
  how: Pick<BlockWeight, "bits" | "block" | "accuracyLevel">,
): BlockWeight {
  return {
    packed: new Variable(packed, `${name}.packed`, false),
    scales: new Variable(scales, `${name}.scales`, false),
    ...how,
  };
}
