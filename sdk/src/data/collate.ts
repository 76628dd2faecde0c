import { GradlabError } from "../errors.js";
import type { Example } from "./tokenize-example.js";

/** Rows of equal length, next-token shift done: position t reads inputIds[t] and should predict targets[t]. */
export interface Batch {
  /** [batchSize, length], row by row. */
  readonly inputIds: Int32Array;
  /** [batchSize, length]; the pad id where nothing is predicted. */
  readonly targets: Int32Array;
  /** [batchSize, length]; 1 where the prediction counts, 0 on padding and on tokens that are only read. */
  readonly weights: Float32Array;
  readonly batchSize: number;
  readonly length: number;
}

export interface CollateOptions {
  /** Positions in a row. Default: what the longest example needs. */
  readonly length?: number;
  readonly padId: number;
  /** Rounds a length that is not given up to a multiple, so that fewer shapes occur. Default 1. */
  readonly multipleOf?: number;
}

/**
 * Examples → a padded batch. An example of n tokens fills n−1 positions: it reads all but its last token and
 * predicts all but its first.
 *
 * @throws E_SHAPE when an example does not fit (nothing is cut here); E_DATA_EMPTY for no examples
 * @example
 * collate([{ ids: Int32Array.of(5, 6, 7), lossMask: Uint8Array.of(0, 0, 1) }], { length: 4, padId: 1 })
 * // inputIds 5 6 1 1 · targets 6 7 1 1 · weights 0 1 0 0
 */
export function collate(
  examples: readonly Pick<Example, "ids" | "lossMask">[],
  options: CollateOptions,
): Batch {
  if (examples.length === 0) throw new GradlabError("E_DATA_EMPTY", "A batch needs at least one example.");
  const { padId, multipleOf = 1 } = options;
  const needed = Math.max(1, ...examples.map(({ ids }) => ids.length - 1));
  const length = options.length ?? Math.ceil(needed / multipleOf) * multipleOf;
  if (needed > length)
    throw new GradlabError(
      "E_SHAPE",
      `An example of ${needed + 1} tokens needs ${needed} positions; a row has ${length}.`,
      {
        hint: `Tokenize with maxLength: ${length + 1}, or collate with a greater length.`,
      },
    );
  const size = examples.length * length;
  const inputIds = new Int32Array(size).fill(padId);
  const targets = new Int32Array(size).fill(padId);
  const weights = new Float32Array(size);
  examples.forEach(({ ids, lossMask }, row) => {
    const start = row * length;
    for (let t = 0; t + 1 < ids.length; t++) {
      inputIds[start + t] = ids[t];
      targets[start + t] = ids[t + 1];
      weights[start + t] = lossMask[t + 1];
    }
  });
  return { inputIds, targets, weights, batchSize: examples.length, length };
}
