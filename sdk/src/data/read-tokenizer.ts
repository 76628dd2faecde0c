import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { GradlabError } from "../errors.js";
import { Tokenizer, type TokenizerConfigJson, type TokenizerJson } from "../text/index.js";

/**
 * Reads tokenizer.json and, where there is one, tokenizer_config.json of a model folder.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT when a file is not JSON; E_TOKENIZER when it cannot be followed exactly
 */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const json = await readJson(join(folder, "tokenizer.json"));
  const configPath = join(folder, "tokenizer_config.json");
  const hasConfig = await stat(configPath).then(
    () => true,
    () => false,
  );
  const config = hasConfig ? await readJson(configPath) : {};
  return Tokenizer.fromJSON(json as TokenizerJson, config as TokenizerConfigJson);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new GradlabError("E_FILE_NOT_FOUND", `There is no file ${path}.`, { where: path, cause });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new GradlabError("E_FILE_FORMAT", `${path} is not JSON.`, { where: path, cause });
  }
}
