import { type PositiveOption, binaryCounts, pairLabels, positiveClass } from "./confusion.js";
import type { Label } from "./sample.js";
import { type Score, proportionScore } from "./score.js";

/**
 * Precision: of the samples called positive, the share that is. Two classes; in [0, 1].
 *
 * value = tp / (tp + fp); 0 when nothing is called positive. `n` is tp + fp, the trials of the proportion,
 * and the interval is Wilson's.
 *
 * Source: scikit-learn 1.2, sklearn.metrics.precision_score (zero_division = 0).
 *
 * @throws E_METRIC when the counts differ or the positive class is unclear, E_DATA_EMPTY without samples
 * @example precision([1, 1, 0], [1, 0, 1]).value // 0.5
 */
export function precision(
  predictions: readonly Label[],
  labels: readonly Label[],
  options: PositiveOption = {},
): Score {
  const pairs = pairLabels("precision", predictions, labels);
  const positive = positiveClass("precision", pairs, options);
  const counts = pairs.map((pair) => binaryCounts(pair, positive));
  const tp = counts.reduce((sum, [hit]) => sum + hit, 0);
  const fp = counts.reduce((sum, [, alarm]) => sum + alarm, 0);
  return proportionScore(tp, tp + fp);
}
