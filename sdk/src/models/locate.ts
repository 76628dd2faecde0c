import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listFolder, pathKind } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";

const SHIPPED_PREFIX = "gradlab/";

/** The folder of models that ship with gradlab: the nearest `models/` above this file that has one. */
async function shippedRoot(): Promise<string | undefined> {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    if ((await pathKind(join(at, "models", "gradlab-en", "config.json"))) === "file") return join(at, "models");
  }
  return undefined;
}

/** Ids of the models that ship with gradlab. @example await shippedModels() // ["gradlab/en"] */
export async function shippedModels(): Promise<string[]> {
  const root = await shippedRoot();
  const names = root ? await listFolder(root) : [];
  return names.filter((name) => name.startsWith("gradlab-")).map((name) => name.replace("gradlab-", SHIPPED_PREFIX));
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
    const folder = join(root, ref.replace("/", "-"));
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
