// Files of other tokenizers → tokenizer.json
export { readSentencePiece } from "./read-sentencepiece.js";
export { looksLikeTiktoken, readTiktoken, type TiktokenName } from "./read-tiktoken.js";
export { readVocabTxt } from "./read-vocab-txt.js";
export { specialTokens } from "./special-json.js";
