import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listFolder, pathKind, readJson } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import type { ConfigJson } from "./architecture.js";

const SHIPPED_PREFIX = "gradlab/";
/** Shorter names: the English base model is the one meant when nobody says more. */
const ALIASES: Readonly<Record<string, string>> = { "gradlab/en": "gradlab/en-3m" };

/** The folder of models that ship with gradlab: the nearest `models/` above this file that has one. */
async function shippedRoot(): Promise<string | undefined> {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    if ((await pathKind(join(at, "models", "en-3m", "config.json"))) === "file") return join(at, "models");
  }
  return undefined;
}

/** Ids of the models that ship with gradlab. @example await shippedModels() // ["gradlab/en-3m"] */
export async function shippedModels(): Promise<string[]> {
  const root = await shippedRoot();
  const found: string[] = [];
  for (const name of root ? await listFolder(root) : []) {
    if ((await pathKind(join(root!, name, "config.json"))) === "file") found.push(`${SHIPPED_PREFIX}${name}`);
  }
  return found;
}

/**
 * The folder a reference means.
 *
 * @throws E_MODEL_NOT_FOUND for a path that is no folder; E_WEIGHTS_UNAVAILABLE for a well-known name
 *   whose weights are not on this machine
 */
export async function locateModel(ref: string): Promise<string> {
  if ((await pathKind(ref)) === "folder") return ref;
  const root = await shippedRoot();
  if (root && ref.startsWith(SHIPPED_PREFIX)) {
    const folder = join(root, (ALIASES[ref] ?? ref).slice(SHIPPED_PREFIX.length));
    if ((await pathKind(folder)) === "folder") return folder;
  }
  const shipped = (await shippedModels()).join(", ") || "none";
  if (/^[./~]|[\\]/.test(ref)) {
    throw new GradlabError("E_MODEL_NOT_FOUND", `There is no model folder ${ref}.`, {
      where: ref,
      hint: `Check the path. Models that ship with gradlab: ${shipped}.`,
    });
  }
  throw new GradlabError("E_WEIGHTS_UNAVAILABLE", `The weights of "${ref}" are not on this machine.`, {
    where: ref,
    hint: `Put its Hugging Face folder (config.json, model.safetensors, tokenizer.json) somewhere and give that path. Models that ship with gradlab: ${shipped}.`,
  });
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
 * @param ref    a folder, a shipped model's id, or a file of weights
 * @param config config.json's content, instead of the file
 */
export async function locateCheckpoint(ref: string, config?: ConfigJson): Promise<CheckpointPlace> {
  const isFile = (await pathKind(ref)) === "file";
  const folder = isFile ? dirname(ref) : await locateModel(ref);
  const configFile = join(folder, "config.json");
  const json = config ?? (await readConfig(configFile, ref));
  const id = isFile ? basename(ref, extname(ref)) : ref === folder ? basename(folder) : ref;
  return { id, folder, weights: isFile ? ref : folder, configFile, json };
}

async function readConfig(file: string, ref: string): Promise<ConfigJson> {
  if ((await pathKind(file)) === "file") return (await readJson(file)) as ConfigJson;
  throw new GradlabError(
    "E_MODEL_NOT_FOUND",
    `There is no config.json beside ${ref}, which says what the weights mean.`,
    {
      where: file,
      hint: "Put config.json there, or give its content as the option `config`.",
    },
  );
}
