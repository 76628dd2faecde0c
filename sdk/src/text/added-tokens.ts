import type { AddedTokenJson } from "./tokenizer-json.js";

/** A stretch of text between added tokens, or an added token (its id). */
export type Section = string | number;

/**
 * Cuts text at added tokens: the leftmost first, the longest of those that start together; `lstrip`, `rstrip`
 * and `single_word` as in Hugging Face tokenizers.
 */
export function createSectioner(tokens: readonly AddedTokenJson[]): (text: string) => readonly Section[] {
  if (tokens.length === 0) return (text) => [text];
  const ordered = [...tokens].sort((a, b) => b.content.length - a.content.length);
  const pattern = new RegExp(ordered.map((token) => `(?:${tokenPattern(token)})`).join("|"), "gu");
  const ids = new Map(tokens.map((token) => [token.content, token.id]));
  const strips = tokens.some((token) => token.lstrip || token.rstrip);
  return (text) => {
    const sections: Section[] = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index > end) sections.push(text.slice(end, match.index));
      sections.push(ids.get(match[0]) ?? (strips ? stripped(match[0], ids) : 0));
      end = match.index + match[0].length;
    }
    if (end < text.length) sections.push(text.slice(end));
    return sections;
  };
}

function tokenPattern({ content, lstrip, rstrip, single_word }: AddedTokenJson): string {
  const literal = content.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
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
