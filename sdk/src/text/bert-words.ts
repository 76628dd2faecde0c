import type { NormalizerJson } from "./tokenizer-json.js";

const CJK =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

/** Letter by letter: a Greek sigma at a word's end stays a plain one, as in the reference. */
const lower = (text: string): string => Array.from(text, (char) => char.toLowerCase()).join("");

/**
 * Control characters out, white space plain, spaces around CJK characters, accents off, lower case: each as configured.
 *
 * @source Devlin et al. 2019's code, tokenization.py; the order is that of Hugging Face's BertNormalizer
 */
export function createBertNormalizer(
  config: Extract<NormalizerJson, { type: "BertNormalizer" }>,
): (text: string) => string {
  const { clean_text = true, handle_chinese_chars = true, lowercase = true } = config;
  const accents = config.strip_accents ?? lowercase;
  const steps: ((text: string) => string)[] = [];
  if (clean_text) {
    steps.push((text) => text.replace(/(?![\t\n\r])[\p{C}\ufffd]/gu, "").replace(/\p{White_Space}/gu, " "));
  }
  if (handle_chinese_chars) steps.push((text) => text.replace(CJK, " $& "));
  if (accents) steps.push((text) => text.normalize("NFD").replace(/\p{Mn}/gu, ""));
  if (lowercase) steps.push(lower);
  return (text) => steps.reduce((current, step) => step(current), text);
}

/** Words between white space; a punctuation mark is a word of its own. */
export const bertWords = (text: string): readonly string[] =>
  text.match(/[!-/:-@[-`{-~\p{P}]|(?:(?![!-/:-@[-`{-~\p{P}])\P{White_Space})+/gu) ?? [];
