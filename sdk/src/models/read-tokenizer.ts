import { join } from "node:path";
import { pathKind, readJson } from "../artifacts/index.js";
import {
  Tokenizer,
  UnigramTokenizer,
  WordPieceTokenizer,
  type TextTokenizer,
  type TokenizerConfigJson,
  type TokenizerJson,
  type UnigramJson,
  type WordPieceJson,
} from "../text/index.js";

/**
 * Reads tokenizer.json and, where there is one, tokenizer_config.json of a model folder.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT when a file is not JSON; E_TOKENIZER when it cannot be followed exactly
 */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const { json, config } = await readFiles(folder);
  return Tokenizer.fromJSON(json as TokenizerJson, config);
}

async function readFiles(folder: string): Promise<{ json: unknown; config: TokenizerConfigJson }> {
  const json = await readJson(join(folder, "tokenizer.json"));
  const configFile = join(folder, "tokenizer_config.json");
  const config = (await pathKind(configFile)) === "file" ? await readJson(configFile) : {};
  return { json, config: config as TokenizerConfigJson };
}

/** The tokenizer of a model folder, or undefined when it has none. @throws as readTokenizer */
export async function findTokenizer(folder: string): Promise<Tokenizer | undefined> {
  return (await pathKind(join(folder, "tokenizer.json"))) === "file" ? readTokenizer(folder) : undefined;
}

/** The tokenizer of a model folder, of any kind, or undefined when it has none. @throws as readTokenizer */
export async function findTextTokenizer(folder: string): Promise<TextTokenizer | undefined> {
  if ((await pathKind(join(folder, "tokenizer.json"))) !== "file") return undefined;
  const { json, config } = await readFiles(folder);
  switch ((json as Partial<TokenizerJson> | null)?.model?.type) {
    case "Unigram":
      return UnigramTokenizer.fromJSON(json as UnigramJson, config);
    case "WordPiece":
      return WordPieceTokenizer.fromJSON(json as WordPieceJson, config);
    default:
      return Tokenizer.fromJSON(json as TokenizerJson, config);
  }
}
