import type { TracedText } from "./encodings/traced-text.js";
import { inTurnSplitting, KEEP_WHOLE, matchesOf, splitterOf, type Span, type Splitter } from "./splitter.js";
import { escapeRegExp, toRegExp, unsupportedSplitter } from "./translate-pattern.js";
import type { PreTokenizerJson, SplitBehavior } from "./tokenizer-json.js";

/** The pattern of GPT-2 (digits in runs). */
export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Endings of English words that begin with an apostrophe, in any case. */
export const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

/** The pattern of Llama 3 and GPT-4 (digits in threes). */
export const LLAMA3_PATTERN = `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** The pattern of Qwen 2 (and gradlab's own tokenizers): single digits, runs of white space kept together. */
export const SINGLE_DIGIT_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const PUNCTUATION = "[!-\\/:-@\\[-`{-~\\p{P}]";
/** `\w+|[^\w\s]+`, with what the Rust library takes for `\w`. */
const LETTERS = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
const WORDS_AND_SIGNS = matchesOf(new RegExp(`[${LETTERS}]+|[^${LETTERS}\\p{White_Space}]+`, "gu"));
export const BETWEEN_SPACES = matchesOf(/\P{White_Space}+/gu);

/**
 * Builds the splitter a tokenizer.json `pre_tokenizer` describes: ByteLevel, Split, Digits, Punctuation, Whitespace,
 * WhitespaceSplit and Sequences of them.
 *
 * @throws E_TOKENIZER for a type or a pattern that cannot be followed exactly
 */
export function createWordSplitter(config: PreTokenizerJson | null): Splitter {
  if (config === null) return KEEP_WHOLE;
  switch (config.type) {
    case "Sequence":
      return inTurnSplitting(config.pretokenizers.map(createWordSplitter));
    case "ByteLevel":
      return byteLevel(config.add_prefix_space ?? false, config.use_regex ?? true);
    case "Split":
      return splitter(patternSource(config.pattern), config.behavior, config.invert ?? false);
    case "Punctuation":
      return splitter(PUNCTUATION, config.behavior ?? "Isolated", false);
    case "Whitespace":
      return WORDS_AND_SIGNS;
    case "WhitespaceSplit":
      return BETWEEN_SPACES;
    case "Digits":
      return splitter(config.individual_digits ? "\\p{N}" : "\\p{N}+", "Isolated", false);
    default:
      throw unsupportedSplitter(`The pre-tokenizer ${JSON.stringify((config as { type: unknown }).type)}`);
  }
}

function patternSource(pattern: { Regex?: string; String?: string }): string {
  if (pattern.Regex !== undefined) return pattern.Regex;
  if (pattern.String !== undefined) return escapeRegExp(pattern.String);
  throw unsupportedSplitter("A Split pattern that is neither Regex nor String");
}

function byteLevel(addPrefixSpace: boolean, useRegex: boolean): Splitter {
  const split = useRegex ? splitter(GPT2_PATTERN, "Isolated", false) : KEEP_WHOLE;
  if (!addPrefixSpace) return split;
  const spaced = (text: TracedText): TracedText => (text.text.startsWith(" ") ? text : text.prepend(" "));
  return {
    words: (text, first) => split.words(text.startsWith(" ") ? text : ` ${text}`, first),
    traced: (text, first) => split.traced(spaced(text), first),
  };
}

function splitter(source: string, behavior: SplitBehavior, invert: boolean): Splitter {
  const pattern = toRegExp(source);
  if (behavior === "Removed")
    return splitterOf((text) => marked(text, pattern, invert).filter(({ isDelimiter }) => !isDelimiter));
  if (behavior !== "Isolated") return splitterOf((text) => join(marked(text, pattern, invert), behavior));
  const spansOf = (text: string): readonly Span[] => marked(text, pattern, false);
  const slow = splitterOf(spansOf);
  return splitterOf(spansOf, (text) => {
    const matches = text.match(pattern) ?? [];
    let covered = 0;
    for (const match of matches) covered += match.length;
    // A loop over the matches' places is slower.
    return covered === text.length ? matches : slow.words(text, false);
  });
}

interface MarkedSpan extends Span {
  readonly isDelimiter: boolean;
}

/** Matches and what is between them; with `invert`, what is between delimits. */
function marked(text: string, pattern: RegExp, invert: boolean): MarkedSpan[] {
  const spans: MarkedSpan[] = [];
  let last = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (match === "") continue;
    const end = index + match.length;
    if (index > last) spans.push({ start: last, end: index, isDelimiter: invert });
    spans.push({ start: index, end, isDelimiter: !invert });
    last = end;
  }
  if (last < text.length) spans.push({ start: last, end: text.length, isDelimiter: invert });
  return spans;
}

function join(spans: readonly MarkedSpan[], behavior: SplitBehavior): Span[] {
  const out: Span[] = [];
  let previous: MarkedSpan | undefined;
  for (const span of spans) {
    const glue =
      behavior === "MergedWithPrevious"
        ? span.isDelimiter && previous?.isDelimiter === false
        : behavior === "MergedWithNext"
          ? previous?.isDelimiter === true && !span.isDelimiter
          : previous?.isDelimiter === span.isDelimiter;
    if (glue && previous !== undefined)
      out[out.length - 1] = { start: out[out.length - 1].start, end: span.end };
    else out.push({ start: span.start, end: span.end });
    previous = span;
  }
  return out;
}
