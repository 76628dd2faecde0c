import { GradlabError } from "../../errors.js";

export interface BestSpan {
  /** First token. */
  readonly start: number;
  /** Last token, itself part of the answer. */
  readonly end: number;
  /** start score + end score. */
  readonly score: number;
}

export interface BestSpanOptions {
  /** Tokens an answer may have. Default 30. */
  readonly maxTokens?: number;
  /** Whether a token may be part of the answer: the passage's are, the question's and padding are not. Default: all. */
  readonly allowed?: (token: number) => boolean;
}

/**
 * The most likely answer of a question-answering head: the pair start ≤ end with the highest sum of scores.
 *
 * @param logits one sequence's scores, [T, 2] row by row: of being the first, and the last token
 * @throws E_CONFIG when no token is allowed
 * @source Devlin et al. 2019, §4.2
 * @example bestSpan([0, 1, 5, 0, 1, 4]) // {"start":1,"end":2,"score":9}
 */
export function bestSpan(logits: ArrayLike<number>, options: BestSpanOptions = {}): BestSpan {
  const { maxTokens = 30, allowed = () => true } = options;
  const time = logits.length / 2;
  let best: BestSpan = { start: -1, end: -1, score: -Infinity };
  for (let start = 0; start < time; start++) {
    for (let end = start; end < Math.min(time, start + maxTokens) && allowed(end); end++) {
      const score = logits[2 * start] + logits[2 * end + 1];
      if (score > best.score) best = { start, end, score };
    }
  }
  if (best.start >= 0) return best;
  throw new GradlabError("E_CONFIG", `bestSpan: none of the ${time} tokens may be part of an answer.`, {
    hint: "Allow the passage's tokens, and a maxTokens of at least 1.",
  });
}
