import { GradlabError } from "../errors.js";

export function unsupportedSplitter(what: string): GradlabError {
  return new GradlabError("E_TOKENIZER", `${what} is not supported.`, {
    hint: "Supported: byte-level BPE with ByteLevel, Split, Digits, Punctuation, Whitespace, WhitespaceSplit and Sequence pre-tokenizers.",
  });
}

/** A pattern that matches the text itself. */
export const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

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
      if (letter.startsWith("\\")) throw unsupportedSplitter(`The pattern (?i:${body})`);
      const lower = letter.toLowerCase();
      return `[${lower}${letter.toUpperCase()}${EXTRA_FOLDS[lower] ?? ""}]`;
    });
    return `(?:${letters})`;
  });
}
