import { inTurn, LOWERCASE, rewriting, unicodeForm, type Normalizer } from "./normalizer.js";
import { matchesOf, type Splitter } from "./splitter.js";
import type { NormalizerJson } from "./tokenizer-json.js";

const CJK =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

/**
 * Control characters out, white space plain, spaces around CJK characters, accents off, lower case: each as configured.
 *
 * @source Devlin et al. 2019's code, tokenization.py; the order is that of Hugging Face's BertNormalizer
 */
export function createBertNormalizer(
  config: Extract<NormalizerJson, { type: "BertNormalizer" }>,
): Normalizer {
  const { clean_text = true, handle_chinese_chars = true, lowercase = true } = config;
  const accents = config.strip_accents ?? lowercase;
  const steps: Normalizer[] = [];
  if (clean_text)
    steps.push(
      rewriting(/(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu, ""),
      rewriting(/\p{White_Space}/gu, " "),
    );
  if (handle_chinese_chars) steps.push(rewriting(CJK, (char) => ` ${char} `));
  if (accents) steps.push(unicodeForm("NFD"), rewriting(/\p{Mn}/gu, ""));
  if (lowercase) steps.push(LOWERCASE);
  return inTurn(steps);
}

const WORD = /[!-/:-@[-`{-~\p{P}]|(?:(?![!-/:-@[-`{-~\p{P}])\P{White_Space})+/gu;

/** Words between white space; a punctuation mark is a word of its own. */
export const BERT_WORDS: Splitter = matchesOf(WORD);
