import { join } from "node:path";
import { pathKind, readJson, readText } from "../artifacts/index.js";
import {
  Tokenizer,
  type TextTokenizer,
  type TokenizerConfigJson,
  type TokenizerJson,
} from "../text/index.js";
import { loadTokenizer, tokenizerFile } from "./load-tokenizer.js";

/**
 * Reads tokenizer.json and, where there are any, tokenizer_config.json and chat_template.jinja of a model folder.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT when a file is not JSON; E_TOKENIZER when it cannot be followed exactly
 */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const json = await readJson(join(folder, "tokenizer.json"));
  const configFile = join(folder, "tokenizer_config.json");
  const config = (
    (await pathKind(configFile)) === "file" ? await readJson(configFile) : {}
  ) as TokenizerConfigJson;
  const templateFile = join(folder, "chat_template.jinja");
  const hasTemplate = (await pathKind(templateFile)) === "file";
  const template = hasTemplate ? { chat_template: await readText(templateFile) } : {};
  return Tokenizer.fromJSON(json as TokenizerJson, { ...config, ...template });
}

/**
 * The tokenizer of a language model's folder, from tokenizer.json or tokenizer.model, or undefined when it has none.
 *
 * @throws as loadTokenizer
 */
export async function findTokenizer(folder: string): Promise<Tokenizer | undefined> {
  const file = await tokenizerFile(folder);
  if (file === undefined) return undefined;
  if (file.endsWith(".json")) return readTokenizer(folder);
  const tokenizer = await loadTokenizer(file);
  // The same words as for a tokenizer.json of another kind.
  return tokenizer instanceof Tokenizer
    ? tokenizer
    : Tokenizer.fromJSON(tokenizer.toJSON() as unknown as TokenizerJson);
}

/** The tokenizer of a model folder, of any kind, or undefined when it has none. @throws as loadTokenizer */
export async function findTextTokenizer(folder: string): Promise<TextTokenizer | undefined> {
  const file = await tokenizerFile(folder);
  return file === undefined ? undefined : loadTokenizer(file);
}
