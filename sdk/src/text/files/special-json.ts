import type { AddedTokenJson, PostProcessorJson } from "../tokenizer-json.js";

type Named = readonly (readonly [token: string, id: number])[];

/** Special tokens as tokenizer.json lists them. */
export function specialTokens(tokens: Named): AddedTokenJson[] {
  return tokens.map(([content, id]) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
}

/** The post-processor that puts tokens before and behind a text, and behind each of two. */
export function endsTemplate({ before, after }: { before: Named; after: Named }): PostProcessorJson | null {
  if (before.length + after.length === 0) return null;
  const around = (id: string, type_id: number): object[] => [
    ...before.map(([token]) => ({ SpecialToken: { id: token, type_id } })),
    { Sequence: { id, type_id } },
    ...after.map(([token]) => ({ SpecialToken: { id: token, type_id } })),
  ];
  return {
    type: "TemplateProcessing",
    single: around("A", 0),
    pair: [...around("A", 0), ...around("B", 1)],
    special_tokens: Object.fromEntries(
      [...before, ...after].map(([token, id]) => [token, { id: token, ids: [id], tokens: [token] }]),
    ),
  };
}
