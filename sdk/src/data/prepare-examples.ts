import { createHash } from "node:crypto";
import { GradlabError } from "../errors.js";
import type { Tokenizer } from "../text/index.js";
import { readRows } from "./read-rows.js";
import type { DatasetRef, ReadOptions } from "./rows.js";
import { tokenizeExample, type Example, type TokenizeOptions } from "./tokenize-example.js";

/** What became of the rows: nothing is dropped or cut without being counted. */
export interface ExampleCounts {
  readonly rows: number;
  readonly kept: number;
  /** Cut to maxLength and kept. */
  readonly truncated: number;
  /** Left out because no token of them would be learned (empty, or the prompt alone fills maxLength). */
  readonly dropped: number;
  readonly tokens: number;
  readonly learnedTokens: number;
}

export interface PreparedExamples {
  readonly examples: readonly Example[];
  readonly counts: ExampleCounts;
  /** SHA-256 of all tokens and masks: the same data and options give the same value. */
  readonly fingerprint: string;
}

/**
 * Reads, checks and tokenizes a whole data set.
 *
 * @throws what `readRows` and `tokenizeExample` throw; E_ALL_LABELS_MASKED when no row is left
 */
export async function prepareExamples(
  source: DatasetRef,
  tokenizer: Tokenizer,
  options: TokenizeOptions & ReadOptions = {},
): Promise<PreparedExamples> {
  const examples: Example[] = [];
  const hash = createHash("sha256");
  const counts = { rows: 0, kept: 0, truncated: 0, dropped: 0, tokens: 0, learnedTokens: 0 };
  for await (const row of readRows(source, options)) {
    counts.rows++;
    const example = tokenizeExample(row, tokenizer, options);
    const learned = countLearned(example);
    if (learned === 0) {
      counts.dropped++;
      continue;
    }
    examples.push(example);
    hash.update(example.ids).update(example.lossMask);
    counts.kept++;
    counts.truncated += example.truncated ? 1 : 0;
    counts.tokens += example.ids.length;
    counts.learnedTokens += learned;
  }
  if (examples.length === 0)
    throw new GradlabError("E_ALL_LABELS_MASKED", `None of the ${counts.rows} rows has a token to learn.`, {
      details: counts,
    });
  return { examples, counts, fingerprint: hash.digest("hex") };
}

/** The first token has nothing before it and is never predicted. */
function countLearned({ lossMask }: Example): number {
  let learned = 0;
  for (let i = 1; i < lossMask.length; i++) learned += lossMask[i];
  return learned;
}
