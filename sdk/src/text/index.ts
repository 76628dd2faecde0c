// Text → Tokens
export { encodePair, type EncodedPair } from "./encode-pair.js";
export {
  looksLikeTiktoken,
  readSentencePiece,
  readTiktoken,
  readVocabTxt,
  type TiktokenName,
} from "./files/index.js";
export { GPT2_PATTERN, LLAMA3_PATTERN, SINGLE_DIGIT_PATTERN } from "./split-words.js";
export { TokenStream } from "./token-stream.js";
export { Encoding, type Offsets } from "./encodings/encoding.js";
export type { PaddingOptions, TruncationOptions } from "./encodings/limits.js";
export type { Limits } from "./json-tokenizer.js";
export { Tokenizer, type TokenizerTrainOptions } from "./tokenizer.js";
export { trainSentencePiece, type SentencePieceTrainOptions } from "./train-sentencepiece.js";
export { trainUnigram, type UnigramTrainOptions } from "./train-unigram.js";
export { trainWordPiece, type WordPieceTrainOptions } from "./train-wordpiece.js";
export { trainCharacters, type CharacterTrainOptions } from "./train-characters.js";
export type {
  DecodeOptions,
  EncodeOptions,
  EncodingOptions,
  TextOrPair,
  TextTokenizer,
} from "./text-tokenizer.js";
export { UnigramTokenizer, type UnigramJson } from "./unigram.js";
export { WordPieceTokenizer, type WordPieceJson } from "./wordpiece.js";
export type { TokenizerConfigJson, TokenizerJson } from "./tokenizer-json.js";
export {
  CHATML,
  chatTemplateOf,
  encodeChat,
  renderChat,
  type ChatMessage,
  type ChatOptions,
  type ChatRole,
  type ChatSegment,
  type ChatTemplate,
} from "./chat-template.js";
export { jinjaTemplate, type TemplateSurroundings } from "./jinja-template.js";
