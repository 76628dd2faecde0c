import { join } from "node:path";
import { modelCard, pathKind, readJson } from "../../artifacts/index.js";
import { GradlabError } from "../../errors.js";
import { downloadModel, isRepoName, type DownloadModelOptions } from "../../hub/index.js";
import type { Tokenizer } from "../../text/index.js";
import type { ConfigJson } from "../architecture.js";
import { locateModel } from "../locate.js";
import { findTokenizer } from "../read-tokenizer.js";
import { configByName } from "./family-by-name.js";
import { shrinkConfig } from "./shrink.js";

/** What a stand-in is made of: `createModel` fills it with random weights. */
export interface ProxyPlan {
  /** The model's name with "@proxy". */
  readonly id: string;
  readonly json: ConfigJson;
  readonly tokenizer: Tokenizer;
}

const TOKENIZER_OF = "gradlab/en-3m";
/** A field of config.json that says what the weights are; by custom a name with "_" changes nothing. */
const MARK = "_gradlab_proxy";

/** Whether a model is a stand-in with random weights. */
export const isProxy = (model: { readonly config: { readonly json: ConfigJson } }): boolean =>
  MARK in model.config.json;

/** A model's name with "@proxy", once. */
export const proxyName = (name: string): string => (name.includes("@proxy") ? name : `${name}@proxy`);

/**
 * Plans a stand-in for weights that are not there: the architecture of config.json, of the folder or the hub, else the one
 * that the name tells; its tokenizer, else that of the shipped model.
 *
 * @param missing why there are no weights
 * @throws `missing` when neither config.json nor the name tells the architecture
 */
export async function planProxy(
  ref: string,
  options: DownloadModelOptions,
  missing: GradlabError,
): Promise<ProxyPlan> {
  const folder = await describedAt(ref, options);
  const config = folder === undefined ? configByName(ref) : await configOf(folder);
  if (config === undefined) throw missing;
  const own = folder === undefined ? undefined : await tokenizerOf(folder);
  const tokenizer = own ?? (await findTokenizer(await locateModel(TOKENIZER_OF)))!;
  // Ids of special tokens are those of the model's own tokenizer.
  const { bos_token_id: _, eos_token_id: __, pad_token_id: ___, ...plain } = config;
  const json = shrinkConfig(own ? config : plain, vocabSizeOf(config, own) ?? tokenizer.vocabSize);
  const mark = `Random weights in the shape of ${ref}: a stand-in to try code with. Its outputs mean nothing.`;
  return { id: proxyName(ref), json: { ...json, [MARK]: mark }, tokenizer };
}

/** The real size of the token table, where its tokenizer is there to use it. */
const vocabSizeOf = ({ vocab_size }: ConfigJson, own: Tokenizer | undefined): number | undefined =>
  own && typeof vocab_size === "number" ? Math.max(vocab_size, own.vocabSize) : undefined;

/** A folder with the model's config.json, if one is to be had without its weights. */
async function describedAt(ref: string, options: DownloadModelOptions): Promise<string | undefined> {
  if ((await pathKind(ref)) === "folder") return ref;
  if (!isRepoName(ref)) return undefined;
  try {
    return (await downloadModel(ref, { ...options, part: "config" })).folder;
  } catch (error) {
    const silent = ["E_HUB", "E_HUB_ACCESS", "E_WEIGHTS_UNAVAILABLE"];
    if (error instanceof GradlabError && silent.includes(error.code)) return undefined;
    throw error;
  }
}

async function configOf(folder: string): Promise<ConfigJson | undefined> {
  const file = join(folder, "config.json");
  return (await pathKind(file)) === "file" ? ((await readJson(file)) as ConfigJson) : undefined;
}

/** A tokenizer that cannot be followed does not help; the shipped one stands in for it too. */
const tokenizerOf = (folder: string): Promise<Tokenizer | undefined> =>
  findTokenizer(folder).catch((error: unknown) => {
    if (error instanceof GradlabError && error.code === "E_TOKENIZER") return undefined;
    throw error;
  });

/** The card that a saved stand-in carries. */
export function proxyCard(id: string, json: ConfigJson): string {
  return modelCard({
    name: id,
    summary: `**This is a proxy.** ${String(json[MARK])}`,
    tags: ["proxy"],
    limits: ["No figure measured on it says anything about the real model."],
  });
}
