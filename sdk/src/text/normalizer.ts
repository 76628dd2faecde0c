import type { TracedText } from "./encodings/traced-text.js";
import { traceUnicodeForm, type UnicodeForm } from "./encodings/trace-unicode-form.js";

/** A change of text before it is cut into words; `trace` makes the same change and remembers where each character came from. */
export interface Normalizer {
  readonly apply: (text: string) => string;
  readonly trace: (text: TracedText) => TracedText;
}

export const KEEP: Normalizer = { apply: (text) => text, trace: (text) => text };

export const inTurn = (steps: readonly Normalizer[]): Normalizer => ({
  apply: (text) => steps.reduce((current, { apply }) => apply(current), text),
  trace: (text) => steps.reduce((current, { trace }) => trace(current), text),
});

/** @param pattern with the flag g */
export function rewriting(pattern: RegExp, content: string | ((match: string) => string)): Normalizer {
  if (typeof content === "function")
    return {
      apply: (text) => text.replace(pattern, content),
      trace: (text) => text.rewrite(pattern, content),
    };
  const literal = content.replaceAll("$", "$$$$");
  return {
    apply: (text) => text.replace(pattern, literal),
    trace: (text) => text.rewrite(pattern, () => content),
  };
}

export const unicodeForm = (form: UnicodeForm): Normalizer => ({
  apply: (text) => text.normalize(form),
  trace: (text) => traceUnicodeForm(text, form),
});

const WHITE = /\p{White_Space}/u;
const CAPITALS = /[A-Z\x80-\u{10ffff}]/gu;
const lower = (char: string): string => char.toLowerCase();

/** Letter by letter: a Greek sigma at a word's end stays a plain one, as in the reference. */
export const LOWERCASE: Normalizer = {
  // The sigma is the only letter that looks at its neighbours.
  apply: (text) => (text.includes("Σ") ? text.replace(CAPITALS, lower) : text.toLowerCase()),
  trace: (text) => text.rewrite(CAPITALS, lower),
};

export const prepending = (before: string): Normalizer => ({
  apply: (text) => (text === "" ? text : before + text),
  trace: (text) => text.prepend(before),
});

/** White space off the ends; not by a pattern, which would try anew at each space inside. */
export function stripping(left: boolean, right: boolean): Normalizer {
  const kept = (text: string): readonly [start: number, end: number] => {
    let [start, end] = [0, text.length];
    while (left && start < end && WHITE.test(text[start])) start++;
    while (right && end > start && WHITE.test(text[end - 1])) end--;
    return [start, end];
  };
  return { apply: (text) => text.slice(...kept(text)), trace: (text) => text.slice(...kept(text.text)) };
}
