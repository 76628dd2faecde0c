import { join } from "node:path";
import { pathKind, readJson } from "../artifacts/index.js";
import { Tokenizer, type TokenizerConfigJson, type TokenizerJson } from "../text/index.js";

/**
 * Reads tokenizer.json and, where there is one, tokenizer_config.json of a model folder.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT when a file is not JSON; E_TOKENIZER when it cannot be followed exactly
 */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const json = await readJson(join(folder, "tokenizer.json"));
  const configFile = join(folder, "tokenizer_config.json");
  const config = (await pathKind(configFile)) === "file" ? await readJson(configFile) : {};
  return Tokenizer.fromJSON(json as TokenizerJson, config as TokenizerConfigJson);
}

/** The tokenizer of a model folder, or undefined when it has none. @throws as readTokenizer */
export async function findTokenizer(folder: string): Promise<Tokenizer | undefined> {
  return (await pathKind(join(folder, "tokenizer.json"))) === "file" ? readTokenizer(folder) : undefined;
}
