import { basename, dirname, join } from "node:path";
import { GradlabError } from "../errors.js";
import { isRepoName, type HubOptions } from "../hub/index.js";
import { parseJson, pathKind, readBytes, readJson } from "../artifacts/index.js";
import {
  looksLikeTiktoken,
  readSentencePiece,
  readTiktoken,
  readVocabTxt,
  Tokenizer,
  UnigramTokenizer,
  WordPieceTokenizer,
  type TiktokenName,
  type TokenizerConfigJson,
  type TokenizerJson,
  type UnigramJson,
  type WordPieceJson,
} from "../text/index.js";
import { baseOfAdapter, isAdapterFolder } from "./adapter.js";
import { locateModel } from "./locate.js";

type AnyJson = TokenizerJson | UnigramJson | WordPieceJson;

/** Files a folder's tokenizer is read from: the first that is there. */
const FILES = ["tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.txt"];

/**
 * A tokenizer from a file or a model's folder, whatever its kind: tokenizer.json, SentencePiece's tokenizer.model, BERT's
 * vocab.txt, or a tiktoken file. What a file is, its content says. tokenizer_config.json beside it is read too.
 *
 * @param path a model of a hub ("owner/name", of which only the tokenizer's files are downloaded), a file, or a folder with tokenizer.json, tokenizer.model, spiece.model, sentencepiece.bpe.model or vocab.txt; an adapter's folder without one means that of the model it changes
 * @param options how a hub is asked, and `encoding`: of a tiktoken file: "gpt2", "p50k", "cl100k", "o200k" or "llama3"; known by itself for the files that
 *   were published under these names
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT when tokenizer.json is not JSON; E_TOKENIZER when it is none of these, or cannot be
 *   followed exactly
 * @example
 * const tokenizer = await loadTokenizer("models/en-3m");
 * tokenizer.decode(tokenizer.encode("Hello")) // "Hello"
 */
export async function loadTokenizer(
  path: string,
  options: HubOptions & { readonly encoding?: TiktokenName } = {},
): Promise<Tokenizer | UnigramTokenizer | WordPieceTokenizer> {
  const file = await fileOf(await localPath(path, options), options);
  const configFile = join(dirname(file), "tokenizer_config.json");
  const config = (await pathKind(configFile)) === "file" ? await readJson(configFile) : {};
  const bytes = await readBytes(file);
  return tokenizerOf(
    jsonOf(file, bytes, config as TokenizerConfigJson, options),
    config as TokenizerConfigJson,
  );
}

/** The file a folder's tokenizer is read from, if it has one. */
export async function tokenizerFile(folder: string): Promise<string | undefined> {
  for (const name of FILES) {
    const file = join(folder, name);
    if ((await pathKind(file)) === "file") return file;
  }
  return undefined;
}

/** A name of a shipped model or of a hub means its folder; whatever else is there, or looks like a path, itself. */
async function localPath(path: string, options: HubOptions): Promise<string> {
  const isName =
    (await pathKind(path)) === undefined && isRepoName(path) && !/\.(json|model|txt|tiktoken)$/.test(path);
  return isName ? locateModel(path, { ...options, part: "tokenizer" }) : path;
}

/** The tokenizer's file in a folder; an adapter without one uses that of the model it changes. */
async function fileOf(path: string, options: HubOptions): Promise<string> {
  if ((await pathKind(path)) !== "folder") return path;
  const file = await tokenizerFile(path);
  if (file !== undefined) return file;
  if (await isAdapterFolder(path)) {
    const { revision: _, ...others } = options; // the adapter's
    return fileOf(await localPath(await baseOfAdapter(path), others), others);
  }
  throw new GradlabError("E_TOKENIZER", "The folder has no tokenizer.", {
    where: path,
    hint: `Put one of ${FILES.join(", ")} into it, or give a tiktoken file's own path.`,
  });
}

function jsonOf(
  file: string,
  bytes: Uint8Array,
  config: TokenizerConfigJson,
  options: { readonly encoding?: TiktokenName },
): AnyJson {
  const name = basename(file);
  // Llama 3's tokenizer.model is a tiktoken file, so the name does not tell.
  const head = Buffer.from(bytes.subarray(0, 1024)).toString("latin1");
  const text = (): string => Buffer.from(bytes).toString("utf8");
  if (/^\s*[{[]/.test(head) && !name.endsWith(".txt")) return parseJson(text(), file) as AnyJson;
  if (looksLikeTiktoken(head)) return readTiktoken(text(), { ...options, file });
  if (name.endsWith(".txt")) return readVocabTxt(text(), config);
  // A SentencePiece model begins with its first piece: field 1, bytes.
  if (bytes[0] === 0x0a) return readSentencePiece(bytes, config);
  throw new GradlabError("E_TOKENIZER", `${name} is not a tokenizer file that is known.`, {
    where: file,
    hint: "Known: tokenizer.json, tokenizer.model (SentencePiece), vocab.txt (BERT) and tiktoken files.",
  });
}

/** The tokenizer of the kind that `model.type` names. @throws E_TOKENIZER */
function tokenizerOf(
  json: unknown,
  config: TokenizerConfigJson,
): Tokenizer | UnigramTokenizer | WordPieceTokenizer {
  switch ((json as Partial<TokenizerJson> | null)?.model?.type) {
    case "Unigram":
      return UnigramTokenizer.fromJSON(json as UnigramJson, config);
    case "WordPiece":
      return WordPieceTokenizer.fromJSON(json as WordPieceJson, config);
    default:
      return Tokenizer.fromJSON(json as TokenizerJson, config);
  }
}
