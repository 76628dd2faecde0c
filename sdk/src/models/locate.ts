import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findWeights, listFolder, pathKind, readJson } from "../artifacts/index.js";
import { GradlabError, nearestName } from "../errors.js";
import { downloadModel, isRepoName, warnAloud, type DownloadModelOptions } from "../hub/index.js";
import { isAdapterFolder } from "./adapter.js";
import type { ConfigJson } from "./architecture.js";

const SHIPPED_PREFIX = "gradlab/";
/** Shorter names: the English base model is the one meant when nobody says more. */
const ALIASES: Readonly<Record<string, string>> = { "gradlab/en": "gradlab/en-3m" };

/** A recipe alone is no model yet; an adapter is one with the model that it names. */
const hasModel = async (folder: string): Promise<boolean> => (await findWeights(folder)) !== undefined;

/** The folder of models that ship with gradlab: the nearest `models/` above this file that has one. */
async function shippedRoot(): Promise<string | undefined> {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    if (await hasModel(join(at, "models", "en-3m"))) return join(at, "models");
  }
  return undefined;
}

/** Ids of the models that ship with gradlab. @example (await shippedModels()).includes("gradlab/en-3m") // true */
export async function shippedModels(): Promise<string[]> {
  const root = await shippedRoot();
  return root ? (await listModels(root)).map((name) => `${SHIPPED_PREFIX}${name}`) : [];
}

/**
 * Names of the folders in a folder that have weights, of a model or of an adapter.
 *
 * @example (await listModels("models")).includes("en-3m") // true
 */
export async function listModels(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await listFolder(root)) {
    if (await hasModel(join(root, name))) found.push(name);
  }
  return found;
}

/**
 * The folder a reference means; a model of a hub is downloaded, as far as it is not in the cache.
 *
 * @throws E_MODEL_NOT_FOUND for a path that is no folder and a shipped name that is none; E_WEIGHTS_UNAVAILABLE for a bare
 *   name; what downloadModel throws
 */
export async function locateModel(ref: string, options: DownloadModelOptions = {}): Promise<string> {
  if ((await pathKind(ref)) === "folder") return ref;
  const root = await shippedRoot();
  if (root && ref.startsWith(SHIPPED_PREFIX)) {
    const folder = join(root, (ALIASES[ref] ?? ref).slice(SHIPPED_PREFIX.length));
    if (await hasModel(folder)) return folder;
  }
  const elsewhere = isRepoName(ref) && !ref.startsWith(SHIPPED_PREFIX) && !(await isBelowFolder(ref));
  if (elsewhere) return (await downloadModel(ref, { onEvent: warnAloud, ...options })).folder;
  throw await notFound(ref);
}

/** "models/gpt2" means a folder, not a repository, where there is a folder "models". */
const isBelowFolder = async (ref: string): Promise<boolean> =>
  (await pathKind(ref.split("/", 1)[0])) === "folder";

async function notFound(ref: string): Promise<GradlabError> {
  const shipped = await shippedModels();
  const list = `Models that ship with gradlab: ${shipped.join(", ") || "none"}.`;
  if (ref.startsWith(SHIPPED_PREFIX)) {
    return new GradlabError("E_MODEL_NOT_FOUND", `No model "${ref}" ships with gradlab.`, {
      where: ref,
      hint: `${suggestion(ref, shipped)}${list}`,
    });
  }
  if (/^[./~]|[\\/]/.test(ref)) {
    const beside = await listFolder(dirname(ref)).catch(() => []);
    const near = suggestion(basename(ref), beside);
    return new GradlabError("E_MODEL_NOT_FOUND", `There is no model folder ${ref}.`, {
      where: ref,
      hint: `${near}Check the path. ${list}`,
    });
  }
  return new GradlabError("E_WEIGHTS_UNAVAILABLE", `The weights of "${ref}" are not on this machine.`, {
    where: ref,
    hint: `${suggestion(ref, shipped)}Give its name on the hub with its owner, "owner/${ref}", to download it; or put its Hugging Face folder (config.json, model.safetensors, tokenizer.json) somewhere and give that path; or ask for a small stand-in with weights: "proxy". ${list}`,
  });
}

function suggestion(name: string, known: readonly string[]): string {
  // A bare name may stand for the part behind the owner.
  const near = nearestName(name, known) ?? known.find((id) => nearestName(name, [id.split("/").at(-1)!]));
  return near === undefined ? "" : `Did you mean "${near}"? `;
}

/** Where a model is looked for. */
export interface LocateOptions extends DownloadModelOptions {
  /** config.json's content, instead of the file. */
  readonly config?: ConfigJson;
}

/** Where the parts of a checkpoint lie. */
export interface CheckpointPlace {
  /** A name for reports. */
  readonly id: string;
  readonly folder: string;
  /** The folder, or one file of weights in it. */
  readonly weights: string;
  readonly configFile: string;
  /** config.json's content. */
  readonly json: ConfigJson;
}

/**
 * Finds what `loadModel` and the other loaders read.
 *
 * @param ref    a folder, a shipped model's id, a model of a hub, or a file of weights
 * @param options.config config.json's content, instead of the file
 */
export async function locateCheckpoint(ref: string, options: LocateOptions = {}): Promise<CheckpointPlace> {
  return checkpointIn(await locateFolder(ref, options), ref, options);
}

/** The folder of a reference, which may hold an adapter alone. */
export async function locateFolder(ref: string, options: LocateOptions): Promise<string> {
  const { config: _, ...hub } = options;
  return (await pathKind(ref)) === "file" ? dirname(ref) : locateModel(ref, hub);
}

/** The checkpoint in the folder that `locateFolder` found. */
export async function checkpointIn(
  folder: string,
  ref: string,
  { config }: LocateOptions,
): Promise<CheckpointPlace> {
  const isFile = (await pathKind(ref)) === "file";
  const configFile = join(folder, "config.json");
  const json = config ?? (await readConfig(configFile, ref));
  const id = isFile ? basename(ref, extname(ref)) : ref === folder ? basename(folder) : ref;
  return { id, folder, weights: isFile ? ref : folder, configFile, json };
}

async function readConfig(file: string, ref: string): Promise<ConfigJson> {
  if ((await pathKind(file)) === "file") return (await readJson(file)) as ConfigJson;
  if (await isAdapterFolder(dirname(file)))
    throw new GradlabError("E_MODEL_NOT_FOUND", `${ref} is an adapter of a language model.`, {
      where: dirname(file),
      hint: "Load it with loadModel.",
    });
  throw new GradlabError(
    "E_MODEL_NOT_FOUND",
    `There is no config.json beside ${ref}, which says what the weights mean.`,
    {
      where: file,
      hint: "Put config.json there, or give its content as the option `config`.",
    },
  );
}
