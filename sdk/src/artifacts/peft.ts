import { join } from "node:path";
import { GradlabError } from "../errors.js";
import type { HostArray } from "../tensor/index.js";
import { readJson } from "./json.js";
import { openSafetensors } from "./read-safetensors.js";
import { readAll } from "./tensor-source.js";
import { writeFileAtomic } from "./write-file.js";
import { writeFolderAtomic } from "./write-folder.js";
import { writeSafetensors } from "./write-safetensors.js";

/** adapter_config.json, with the field names of Hugging Face PEFT's LoraConfig; further fields are kept. */
export interface PeftConfig {
  readonly peft_type: string;
  readonly base_model_name_or_path: string | null;
  readonly task_type: string | null;
  readonly r: number;
  readonly lora_alpha: number;
  readonly lora_dropout: number;
  readonly target_modules: readonly string[] | string;
  readonly bias: "none" | "all" | "lora_only";
  readonly modules_to_save: readonly string[] | null;
  readonly use_rslora: boolean;
  readonly use_dora: boolean;
  readonly rank_pattern: Readonly<Record<string, number>>;
  readonly alpha_pattern: Readonly<Record<string, number>>;
  readonly [field: string]: unknown;
}

/** The low-rank pair of one linear layer: ΔW = scale · B·A. */
export interface LoraPair {
  /** [r, in] */
  readonly a: HostArray;
  /** [out, r] */
  readonly b: HostArray;
  /** DoRA's magnitudes, [out]. */
  readonly magnitude?: HostArray;
}

export interface PeftAdapter {
  readonly config: PeftConfig;
  /** By the module's name in the base model, e.g. "model.layers.0.self_attn.q_proj". */
  readonly modules: ReadonlyMap<string, LoraPair>;
  /** Whole tensors beside the pairs (modules_to_save, biases), by their name in the base model. */
  readonly extra: ReadonlyMap<string, HostArray>;
  /** Texts in the header of the weights' file, such as BASE_WEIGHTS_HASH. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The text in the weights' file that says which weights the adapter was trained on: their `hashWeights`. It stands there since
 * PEFT reads over texts that it does not know there, while some of its versions refuse unknown fields of adapter_config.json.
 */
export const BASE_WEIGHTS_HASH = "base_weights_sha256";

/** LoraConfig's own defaults, for the fields that a writer does not set. */
const DEFAULTS: PeftConfig = {
  alpha_pattern: {},
  auto_mapping: null,
  base_model_name_or_path: null,
  bias: "none",
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  layer_replication: null,
  layers_pattern: null,
  layers_to_transform: null,
  loftq_config: {},
  lora_alpha: 8,
  lora_dropout: 0,
  megatron_config: null,
  megatron_core: "megatron.core",
  modules_to_save: null,
  peft_type: "LORA",
  r: 8,
  rank_pattern: {},
  revision: null,
  target_modules: [],
  task_type: null,
  use_dora: false,
  use_rslora: false,
};

/** The files of an adapter's folder. */
export const [PEFT_CONFIG, PEFT_WEIGHTS] = ["adapter_config.json", "adapter_model.safetensors"] as const;
const PREFIX = "base_model.model.";

/**
 * Writes a LoRA adapter as a folder that PEFT opens: adapter_config.json and adapter_model.safetensors, atomically.
 *
 * Fields that `config` leaves out take PEFT's defaults. `beside` adds text files, e.g. a README.md; `metadata` adds texts to the
 * header of the weights.
 *
 * @throws E_WEIGHT_MISMATCH when a pair's shapes and rank disagree
 * @example await writePeftAdapter("out/adapter", { config: { r: 8, lora_alpha: 16, target_modules: ["q_proj"] }, modules })
 */
export async function writePeftAdapter(
  folder: string,
  adapter: {
    readonly config: Partial<PeftConfig>;
    readonly modules: Iterable<readonly [string, LoraPair]>;
    readonly extra?: Iterable<readonly [string, HostArray]>;
    readonly metadata?: Readonly<Record<string, string>>;
  },
  options: { readonly beside?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const config: PeftConfig = { ...DEFAULTS, ...adapter.config };
  const modules = new Map(adapter.modules);
  for (const [name, pair] of modules) checkPair(folder, name, pair, rankOf(config, name));
  const tensors = [...modules].flatMap(([name, pair]) => pairTensors(name, pair));
  for (const [name, tensor] of adapter.extra ?? []) tensors.push([PREFIX + name, tensor]);
  await writeFolderAtomic(folder, async (dir) => {
    await writeFileAtomic(join(dir, PEFT_CONFIG), `${JSON.stringify(sortKeys(config), null, 2)}\n`);
    await writeSafetensors(join(dir, PEFT_WEIGHTS), tensors, {
      metadata: { format: "pt", ...adapter.metadata },
    });
    for (const [name, text] of Object.entries(options.beside ?? {}))
      await writeFileAtomic(join(dir, name), text);
  });
}

/**
 * Reads a LoRA adapter folder that PEFT or gradlab wrote.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT for a malformed config; E_CONFIG for another kind of adapter;
 * E_WEIGHT_MISMATCH when half of a pair is missing or shapes and rank disagree
 * @example (await readPeftAdapter("out/adapter")).modules.get("model.layers.0.self_attn.q_proj")
 */
export async function readPeftAdapter(folder: string): Promise<PeftAdapter> {
  const config = await readPeftConfig(folder);
  const source = await openSafetensors(join(folder, PEFT_WEIGHTS));
  const { metadata } = source;
  const tensors = await readAll(source);
  const parts = new Map<string, { a?: HostArray; b?: HostArray; magnitude?: HostArray }>();
  const extra = new Map<string, HostArray>();
  for (const [key, tensor] of tensors) {
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key;
    const match = /^(.+)\.(lora_A|lora_B|lora_magnitude_vector)(?:\.weight)?$/.exec(name);
    if (match === null) extra.set(name, tensor);
    else {
      const part = parts.get(match[1]) ?? {};
      part[match[2] === "lora_A" ? "a" : match[2] === "lora_B" ? "b" : "magnitude"] = tensor;
      parts.set(match[1], part);
    }
  }
  const modules = new Map<string, LoraPair>();
  for (const [name, { a, b, magnitude }] of parts) {
    if (a === undefined || b === undefined)
      throw mismatch(folder, `"${name}" has only one half of its pair (lora_A and lora_B).`);
    const pair = { a, b, ...(magnitude === undefined ? {} : { magnitude }) };
    checkPair(folder, name, pair, rankOf(config, name));
    modules.set(name, pair);
  }
  return { config, modules, extra, metadata };
}

/** Reads adapter_config.json alone. @throws as readPeftAdapter */
export async function readPeftConfig(folder: string): Promise<PeftConfig> {
  const file = join(folder, PEFT_CONFIG);
  return checkConfig(file, await readJson(file));
}

function pairTensors(name: string, { a, b, magnitude }: LoraPair): [string, HostArray][] {
  const key = (part: string): string => `${PREFIX}${name}.${part}`;
  return [
    [key("lora_A.weight"), a],
    [key("lora_B.weight"), b],
    ...(magnitude === undefined ? [] : [[key("lora_magnitude_vector"), magnitude] as [string, HostArray]]),
  ];
}

function checkConfig(path: string, json: unknown): PeftConfig {
  if (typeof json !== "object" || json === null || !("peft_type" in json))
    throw new GradlabError("E_FILE_FORMAT", `${path} is no adapter configuration: it has no peft_type.`, {
      where: path,
    });
  const config = { ...DEFAULTS, ...json } as PeftConfig;
  if (config.peft_type !== "LORA")
    throw new GradlabError(
      "E_CONFIG",
      `${path} describes a ${config.peft_type} adapter; only LORA is read.`,
      {
        where: path,
        hint: "Use a LoRA or DoRA adapter.",
      },
    );
  if (!Number.isInteger(config.r) || config.r < 1 || typeof config.lora_alpha !== "number")
    throw new GradlabError(
      "E_FILE_FORMAT",
      `${path} has r = ${config.r} and lora_alpha = ${config.lora_alpha}.`,
      {
        where: path,
        hint: "r is a whole number of at least 1, lora_alpha a number.",
      },
    );
  return config;
}

/** A key of rank_pattern is the end of a module's name. PEFT also takes regular expressions; here such a key fits no name, and the check of the shapes then refuses the adapter. */
function rankOf({ r, rank_pattern: pattern }: PeftConfig, name: string): number {
  const key = Object.keys(pattern).find((end) => name === end || name.endsWith(`.${end}`));
  return key === undefined ? r : pattern[key];
}

function checkPair(folder: string, name: string, { a, b, magnitude }: LoraPair, r: number): void {
  const shapes = `lora_A [${a.shape.join(", ")}] and lora_B [${b.shape.join(", ")}]`;
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[0] !== r || b.shape[1] !== r)
    throw mismatch(folder, `"${name}" has ${shapes}, but rank ${r} needs [${r}, in] and [out, ${r}].`);
  if (magnitude !== undefined && magnitude.data.length !== b.shape[0])
    throw mismatch(folder, `"${name}" has ${magnitude.data.length} magnitudes for ${b.shape[0]} outputs.`);
}

const mismatch = (folder: string, why: string): GradlabError =>
  new GradlabError("E_WEIGHT_MISMATCH", `Adapter ${folder}: ${why}`, {
    where: folder,
    hint: "adapter_config.json and adapter_model.safetensors must come from the same run.",
  });

const sortKeys = (config: PeftConfig): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
