import { GradlabError } from "../../errors.js";
import type { TokenizerConfigJson } from "../tokenizer-json.js";
import type { WordPieceJson } from "../wordpiece.js";
import { specialTokens } from "./special-json.js";

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/**
 * `vocab.txt` of BERT, one piece a line, as the tokenizer.json of kind WordPiece that does the same.
 *
 * @param config tokenizer_config.json: `do_lower_case`, `strip_accents`, `tokenize_chinese_chars`. Without `do_lower_case`, text is
 *   lowered unless a piece has a capital letter
 * @throws E_TOKENIZER when [UNK] is missing or a piece comes twice
 * @source Devlin et al. 2019's code, tokenization.py
 */
export function readVocabTxt(text: string, config: TokenizerConfigJson = {}): WordPieceJson {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const vocab: Record<string, number> = {};
  const ids = new Map<string, number>();
  lines.forEach((piece, id) => {
    if (ids.has(piece))
      throw new GradlabError("E_TOKENIZER", `The piece ${JSON.stringify(piece)} comes twice in vocab.txt.`, {
        where: `vocab.txt:${id + 1}`,
        hint: `It is also in line ${(ids.get(piece) ?? 0) + 1}; each line is one piece.`,
      });
    ids.set(piece, id);
    vocab[piece] = id;
  });
  if (!ids.has("[UNK]"))
    throw new GradlabError("E_TOKENIZER", "vocab.txt has no [UNK]: it is not a vocabulary of BERT.", {
      hint: "One piece a line, [UNK], [CLS] and [SEP] among them; GPT-2's vocab.json comes with tokenizer.json.",
    });
  const special = SPECIAL.flatMap((token) => {
    const id = ids.get(token);
    return id === undefined ? [] : [[token, id] as const];
  });
  const capitals = lines.some((piece) => !/^\[.*\]$/.test(piece) && /\p{Lu}/u.test(piece));
  return wordPieceJson(vocab, special, {
    lowercase: typeof config.do_lower_case === "boolean" ? config.do_lower_case : !capitals,
    strip_accents: (config.strip_accents as boolean | null | undefined) ?? null,
    handle_chinese_chars: (config.tokenize_chinese_chars as boolean | undefined) ?? true,
  });
}

/** A tokenizer.json as BERT's: [CLS] before, [SEP] behind, where the vocabulary has them. */
export function wordPieceJson(
  vocab: Readonly<Record<string, number>>,
  special: readonly (readonly [token: string, id: number])[],
  normalizer: { lowercase: boolean; strip_accents: boolean | null; handle_chinese_chars: boolean },
): WordPieceJson {
  const [cls, sep] = [vocab["[CLS]"], vocab["[SEP]"]] as readonly (number | undefined)[];
  const ends = { sep: ["[SEP]", sep ?? 0], cls: ["[CLS]", cls ?? 0] } as const;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens(special),
    normalizer: { type: "BertNormalizer", clean_text: true, ...normalizer },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: cls === undefined || sep === undefined ? null : { type: "BertProcessing", ...ends },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
