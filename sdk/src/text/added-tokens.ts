import type { Span } from "./splitter.js";
import { escapeRegExp } from "./translate-pattern.js";
import type { AddedTokenJson } from "./tokenizer-json.js";

/** A stretch of text between added tokens, or one that is an added token (then with its id). */
export interface Section extends Span {
  readonly id?: number;
}

type Sectioner = (text: string) => readonly Section[];

/** From so many tokens on, trying them one by one at each place is slow: Gemma 3 has 6,415. */
const MANY = 32;

/**
 * Cuts text at added tokens: the leftmost first, the longest of those that start together; `lstrip`, `rstrip`
 * and `single_word` as in Hugging Face tokenizers.
 */
export function createSectioner(added: readonly AddedTokenJson[]): Sectioner {
  const tokens = added.filter(({ content }) => content !== "");
  if (tokens.length === 0) return (text) => [{ start: 0, end: text.length }];
  const plain = tokens.every(({ lstrip, rstrip, single_word }) => !lstrip && !rstrip && !single_word);
  return plain && tokens.length > MANY ? byLength(tokens) : byPattern(tokens);
}

/** Looks at each place where a token may begin for the longest that does. */
function byLength(tokens: readonly AddedTokenJson[]): Sectioner {
  const ids = new Map(tokens.map(({ content, id }) => [content, id]));
  const lengths = new Map<string, number[]>();
  for (const { content } of tokens) {
    const begun = lengths.get(content[0]) ?? [];
    if (!begun.includes(content.length)) begun.push(content.length);
    lengths.set(content[0], begun);
  }
  for (const begun of lengths.values()) begun.sort((a, b) => b - a);
  const beginning = new RegExp([...lengths.keys()].map(escapeRegExp).join("|"), "g");
  return (text) => {
    const sections: Section[] = [];
    let last = 0;
    beginning.lastIndex = 0;
    for (let found = beginning.exec(text); found; found = beginning.exec(text)) {
      const start = found.index;
      const length = lengths
        .get(text[start])
        ?.find((n) => start + n <= text.length && ids.has(text.slice(start, start + n)));
      if (length === undefined) continue;
      if (start > last) sections.push({ start: last, end: start });
      last = start + length;
      sections.push({ start, end: last, id: ids.get(text.slice(start, last)) ?? 0 });
      beginning.lastIndex = last;
    }
    if (last < text.length) sections.push({ start: last, end: text.length });
    return sections;
  };
}

function byPattern(tokens: readonly AddedTokenJson[]): Sectioner {
  const ordered = [...tokens].sort((a, b) => b.content.length - a.content.length);
  const pattern = new RegExp(ordered.map((token) => `(?:${tokenPattern(token)})`).join("|"), "gu");
  const ids = new Map(tokens.map((token) => [token.content, token.id]));
  const strips = tokens.some((token) => token.lstrip || token.rstrip);
  return (text) => {
    const sections: Section[] = [];
    let last = 0;
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const end = index + match.length;
      if (index > last) sections.push({ start: last, end: index });
      sections.push({ start: index, end, id: ids.get(match) ?? (strips ? stripped(match, ids) : 0) });
      last = end;
    }
    if (last < text.length) sections.push({ start: last, end: text.length });
    return sections;
  };
}

function tokenPattern({ content, lstrip, rstrip, single_word }: AddedTokenJson): string {
  const literal = escapeRegExp(content);
  const before = single_word ? "(?<![\\p{L}\\p{N}_])" : "";
  const after = single_word ? "(?![\\p{L}\\p{N}_])" : "";
  return `${lstrip ? "\\p{White_Space}*" : ""}${before}${literal}${after}${rstrip ? "\\p{White_Space}*" : ""}`;
}

function stripped(match: string, ids: ReadonlyMap<string, number>): number {
  for (const candidate of [match.trim(), match.trimStart(), match.trimEnd()]) {
    const id = ids.get(candidate);
    if (id !== undefined) return id;
  }
  return 0;
}
