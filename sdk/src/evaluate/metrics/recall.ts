import { type PositiveOption, binaryCounts, pairLabels, positiveClass } from "./confusion.js";
import type { Label } from "./sample.js";
import { type Score, proportionScore } from "./score.js";

/**
 * Recall: of the samples that are positive, the share called so. Two classes; in [0, 1].
 *
 * value = tp / (tp + fn); 0 when nothing is positive. `n` is tp + fn, the trials of the proportion,
 * and the interval is Wilson's.
 *
 * Source: scikit-learn 1.2, sklearn.metrics.recall_score (zero_division = 0).
 *
 * @throws E_METRIC when the counts differ or the positive class is unclear, E_DATA_EMPTY without samples
 * @example recall([1, 1, 0, 0], [1, 0, 1, 1]).value // 0.333
 */
export function recall(
  predictions: readonly Label[],
  labels: readonly Label[],
  options: PositiveOption = {},
): Score {
  const pairs = pairLabels("recall", predictions, labels);
  const positive = positiveClass("recall", pairs, options);
  const counts = pairs.map((pair) => binaryCounts(pair, positive));
  const tp = counts.reduce((sum, [hit]) => sum + hit, 0);
  const fn = counts.reduce((sum, [, , miss]) => sum + miss, 0);
  return proportionScore(tp, tp + fn);
}
