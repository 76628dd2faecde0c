import { join } from "node:path";
import { PEFT_CONFIG, PEFT_WEIGHTS, readJson } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";

/** Which files of a repository are needed, in two steps: the later ones may depend on what the first ones say. */
export interface Selection {
  readonly first: (listed: readonly string[]) => readonly string[];
  /** @param folder holds the first ones */
  readonly then: (listed: readonly string[], folder: string) => Promise<readonly string[]>;
}

/** What of a model is wanted. */
export type ModelPart = "model" | "config" | "tokenizer";

const TOKENIZER = [
  "added_tokens.json",
  "chat_template.jinja",
  "merges.txt",
  "sentencepiece.bpe.model",
  "special_tokens_map.json",
  "spiece.model",
  "tokenizer.json",
  "tokenizer.model",
  "tokenizer_config.json",
  "vocab.json",
  "vocab.txt",
];
const BESIDE = ["generation_config.json", "preprocessor_config.json", ...TOKENIZER];
const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const PICKLE = "pytorch_model.bin";

const nothing = (): Promise<readonly string[]> => Promise.resolve([]);

/**
 * The files that a model, or an adapter alone, is loaded from. Weights are safetensors, whole or in shards; a pickle only where
 * it is asked for.
 */
export function selectModel(part: ModelPart, pickle: boolean): Selection {
  const of =
    (names: readonly string[], required: readonly string[]) =>
    (listed: readonly string[]): readonly string[] => [
      ...required,
      ...names.filter((name) => listed.includes(name)),
    ];
  if (part === "tokenizer") return { first: of(TOKENIZER, []), then: nothing };
  if (part === "config") return { first: of(BESIDE, ["config.json"]), then: nothing };
  return {
    first: (listed) => [
      ...of(BESIDE, [isAdapter(listed) ? PEFT_CONFIG : "config.json"])(listed),
      ...(!listed.includes(WEIGHTS) && listed.includes(INDEX) ? [INDEX] : []),
    ],
    then: (listed, folder) =>
      isAdapter(listed) ? Promise.resolve([PEFT_WEIGHTS]) : selectWeights(listed, folder, pickle),
  };
}

/** A LoRA adapter without the model that it names. */
const isAdapter = (listed: readonly string[]): boolean =>
  listed.includes(PEFT_CONFIG) && !listed.includes("config.json");

/** One file. */
export const selectFile = (path: string): Selection => ({ first: () => [path], then: nothing });

async function selectWeights(
  listed: readonly string[],
  folder: string,
  pickle: boolean,
): Promise<readonly string[]> {
  if (listed.includes(WEIGHTS)) return [WEIGHTS];
  if (listed.includes(INDEX)) return shardsOf(join(folder, INDEX));
  if (pickle && listed.includes(PICKLE)) return [PICKLE];
  if (!listed.includes(PICKLE)) return [WEIGHTS];
  throw new GradlabError(
    "E_WEIGHTS_UNAVAILABLE",
    `The weights are there as a Python pickle only (${PICKLE}).`,
    {
      where: folder,
      hint: "Ask for it with { pickle: true }: gradlab reads plain state dicts, and never runs what a pickle asks to be run. A safetensors copy is often at the revision refs/pr/1.",
    },
  );
}

async function shardsOf(index: string): Promise<readonly string[]> {
  const json = (await readJson(index)) as { readonly weight_map?: Readonly<Record<string, unknown>> } | null;
  const shards = new Set(Object.values(json?.weight_map ?? {}).map(String));
  const bad = [...shards].find((name) => !/^\w[\w.-]*\.safetensors$/.test(name));
  if (bad === undefined && shards.size > 0) return [...shards].sort();
  const why =
    bad === undefined ? "names no files" : `names ${JSON.stringify(bad)}, which is no file of weights`;
  throw new GradlabError("E_FILE_FORMAT", `The index of the weights ${why}.`, { where: index });
}
