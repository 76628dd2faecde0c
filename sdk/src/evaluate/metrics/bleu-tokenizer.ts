/** How BLEU cuts a line into words: sacreBLEU's names. */
export type BleuTokenizer = "13a" | "zh" | "intl" | "char" | "none";

/** What Python's str.split() takes for whitespace: it differs from the `\s` here in a few control characters. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]+`, "u");

/**
 * The ranges sacreBLEU's zh tokenizer sets apart, as they act there. Two of them are meant for the supplementary
 * planes but are written as four-digit escapes, so that they catch U+2001–U+2A6D (general punctuation, quotation
 * marks, symbols) and U+2F81–U+2FA1 instead: kept, because scores are compared with published ones.
 */
const HAN =
  /[\u3400-\u4db5\u4e00-\u9fa5\u9fa6-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\u2001-\u2a6d\u2f81-\u2fa1\uff00-\uffef\u2e80-\u2eff\u3000-\u303f\u31c0-\u31ef\u2f00-\u2fdf\u2ff0-\u2fff\u3100-\u312f\u31a0-\u31bf\ufe10-\ufe1f\ufe30-\ufe4f\u2600-\u26ff\u2700-\u27bf\u3200-\u32ff\u3300-\u33ff]/gu;

/**
 * Cuts a line into BLEU's words.
 *
 * 13a: mteval-v13a, the default of WMT. zh: every Chinese character apart, the rest by 13a. intl: mteval-v14 by
 * Unicode classes. char: every character. none: at whitespace.
 *
 * Source: M. Post, A Call for Clarity in Reporting BLEU Scores (2018); NIST mteval-v13a.pl.
 *
 * @example bleuWords("Hello, world!", "13a") // ["Hello", ",", "world", "!"]
 */
export function bleuWords(line: string, tokenizer: BleuTokenizer = "13a"): string[] {
  return splitWords(CUT[tokenizer](trimEnd(line)));
}

/** Splits at whitespace as Python's str.split() does. */
export function splitWords(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

const trimEnd = (text: string): string => text.replace(new RegExp(`[${SPACE}]+$`, "u"), "");

const CUT: Record<BleuTokenizer, (line: string) => string> = {
  "13a": (line) => cutWestern(` ${unescapeMarkup(line)} `),
  zh: (line) => cutWestern(splitWords(line).join(" ").replace(HAN, " $& ")),
  intl: (line) =>
    line
      .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
      .replace(/(\p{P})(\P{N})/gu, " $1 $2")
      .replace(/(\p{S})/gu, " $1 "),
  char: (line) => Array.from(line).join(" "),
  none: (line) => line,
};

function unescapeMarkup(line: string): string {
  return line
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
}

/** mteval's rules: symbols apart; full stop and comma apart unless between digits; a dash apart after a digit. */
function cutWestern(line: string): string {
  return line
    .replace(/([{-~[-` -&(-+:-@/])/gu, " $1 ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/gu, "$1 $2 ");
}
