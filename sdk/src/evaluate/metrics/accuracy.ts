import { type Score, proportionScore } from "./score.js";
import { type Label, checkCounts } from "./sample.js";

/**
 * Accuracy: the share of predictions equal to their label, in [0, 1], with Wilson's interval.
 *
 * value = #{i : predictionᵢ = labelᵢ} / n
 *
 * Source: scikit-learn 1.2, sklearn.metrics.accuracy_score.
 *
 * @throws E_METRIC when the counts differ, E_DATA_EMPTY without samples
 * @example accuracy([0, 2, 1, 3], [0, 1, 2, 3]).value // 0.5
 */
export function accuracy(predictions: readonly Label[], labels: readonly Label[]): Score {
  checkCounts("accuracy", predictions.length, labels.length);
  const right = predictions.filter((label, i) => String(label) === String(labels[i])).length;
  return proportionScore(right, predictions.length);
}
