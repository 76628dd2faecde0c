import { GradlabError } from "../errors.js";
import type { PreTokenizerJson, SplitBehavior } from "./tokenizer-json.js";

/** Cuts text into the words inside which tokens are merged. */
export type WordSplitter = (text: string) => readonly string[];

/** The pattern of GPT-2 (digits in runs). */
export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The pattern of Qwen 2 (and gradlab's own tokenizers): single digits, runs of white space kept together. */
export const SINGLE_DIGIT_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * Builds the splitter a tokenizer.json `pre_tokenizer` describes: ByteLevel, Split, Digits and Sequences of them.
 *
 * @throws E_TOKENIZER for a type or a pattern that cannot be followed exactly
 */
export function createWordSplitter(config: PreTokenizerJson | null): WordSplitter {
  if (config === null) return keepWhole;
  switch (config.type) {
    case "Sequence":
      return chain(config.pretokenizers.map(createWordSplitter));
    case "ByteLevel":
      return byteLevel(config.add_prefix_space ?? false, config.use_regex ?? true);
    case "Split":
      return splitter(patternSource(config.pattern), config.behavior, config.invert ?? false);
    case "Digits":
      return splitter(config.individual_digits ? "\\p{N}" : "\\p{N}+", "Isolated", false);
    default:
      throw unsupported(`The pre-tokenizer ${JSON.stringify((config as { type: unknown }).type)}`);
  }
}

const keepWhole: WordSplitter = (text) => [text];

function unsupported(what: string): GradlabError {
  return new GradlabError("E_TOKENIZER", `${what} is not supported.`, {
    hint: "Supported: byte-level BPE with ByteLevel, Split, Digits and Sequence pre-tokenizers.",
  });
}

function patternSource(pattern: { Regex?: string; String?: string }): string {
  if (pattern.Regex !== undefined) return pattern.Regex;
  if (pattern.String !== undefined) return pattern.String.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  throw unsupported("A Split pattern that is neither Regex nor String");
}

function chain(all: readonly WordSplitter[]): WordSplitter {
  const splitters = all.filter((split) => split !== keepWhole);
  if (splitters.length < 2) return splitters[0] ?? keepWhole;
  return (text) =>
    splitters.reduce<readonly string[]>(
      (pieces, split) => (pieces.length === 1 ? split(pieces[0]) : pieces.flatMap((piece) => split(piece))),
      [text],
    );
}

function byteLevel(addPrefixSpace: boolean, useRegex: boolean): WordSplitter {
  const split: WordSplitter = useRegex ? splitter(GPT2_PATTERN, "Isolated", false) : keepWhole;
  if (!addPrefixSpace) return split;
  return (text) => split(text.startsWith(" ") ? text : ` ${text}`);
}

function splitter(source: string, behavior: SplitBehavior, invert: boolean): WordSplitter {
  const pattern = toRegExp(source);
  if (behavior === "Isolated" || behavior === "Removed") {
    const dropMatches = behavior === "Removed" && !invert;
    const dropGaps = behavior === "Removed" && invert;
    return (text) => cut(text, pattern, dropMatches, dropGaps);
  }
  return (text) => join(cutMarked(text, pattern, invert), behavior);
}

function cut(text: string, pattern: RegExp, dropMatches: boolean, dropGaps: boolean): readonly string[] {
  const matches = text.match(pattern) ?? [];
  if (dropGaps) return matches;
  let covered = 0;
  for (const match of matches) covered += match.length;
  if (!dropMatches && covered === text.length) return matches;
  return cutMarked(text, pattern, false)
    .filter((piece) => !(dropMatches && piece.isDelimiter))
    .map((piece) => piece.text);
}

interface MarkedPiece {
  readonly text: string;
  readonly isDelimiter: boolean;
}

function cutMarked(text: string, pattern: RegExp, invert: boolean): MarkedPiece[] {
  const pieces: MarkedPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === "") continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), isDelimiter: invert });
    pieces.push({ text: match[0], isDelimiter: !invert });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isDelimiter: invert });
  return pieces;
}

function join(pieces: readonly MarkedPiece[], behavior: SplitBehavior): string[] {
  const out: string[] = [];
  let previous: MarkedPiece | undefined;
  for (const piece of pieces) {
    const glue =
      behavior === "MergedWithPrevious"
        ? piece.isDelimiter && previous?.isDelimiter === false
        : behavior === "MergedWithNext"
          ? previous?.isDelimiter === true && !piece.isDelimiter
          : previous?.isDelimiter === piece.isDelimiter;
    if (glue && previous !== undefined) out[out.length - 1] += piece.text;
    else out.push(piece.text);
    previous = piece;
  }
  return out;
}

/**
 * Translates a pattern of the Rust tokenizers into a JavaScript RegExp with the same matches: `\s` means
 * Unicode White_Space there, and `(?i:…)` has no counterpart in Node 20.
 */
export function toRegExp(source: string): RegExp {
  const translated = expandInlineCase(source)
    .replace(/\\\\|\\s|\\S/g, (escape) =>
      escape === "\\s" ? "\\p{White_Space}" : escape === "\\S" ? "\\P{White_Space}" : escape,
    )
    .replace(/\\([^\w\s^$\\.*+?()[\]{}|/-])/g, "$1");
  try {
    return new RegExp(translated, "gu");
  } catch (cause) {
    throw new GradlabError("E_TOKENIZER", `The pattern ${JSON.stringify(source)} cannot be read.`, { cause });
  }
}

// Unicode simple case folding adds two letters beyond ASCII: U+017F folds to s, U+212A to k.
const EXTRA_FOLDS: Readonly<Record<string, string>> = { s: "\u017f", k: "\u212a" };

function expandInlineCase(source: string): string {
  return source.replace(/\(\?i:([^()]*)\)/g, (_, body: string) => {
    const letters = body.replace(/\\?[A-Za-z]/g, (letter) => {
      if (letter.startsWith("\\")) throw unsupported(`The pattern (?i:${body})`);
      const lower = letter.toLowerCase();
      return `[${lower}${letter.toUpperCase()}${EXTRA_FOLDS[lower] ?? ""}]`;
    });
    return `(?:${letters})`;
  });
}
