import type { Span } from "./splitter.js";
import { escapeRegExp } from "./translate-pattern.js";
import type { AddedTokenJson } from "./tokenizer-json.js";

/** A stretch of text between added tokens, or one that is an added token (then with its id). */
export interface Section extends Span {
  readonly id?: number;
}

/**
 * Cuts text at added tokens: the leftmost first, the longest of those that start together; `lstrip`, `rstrip`
 * and `single_word` as in Hugging Face tokenizers.
 */
export function createSectioner(tokens: readonly AddedTokenJson[]): (text: string) => readonly Section[] {
  if (tokens.length === 0) return (text) => [{ start: 0, end: text.length }];
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
