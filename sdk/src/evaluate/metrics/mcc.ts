import { type BootstrapOptions, type Statistic, bootstrapScore } from "./bootstrap.js";
import { type LabelPair, classesOf, pairLabels } from "./confusion.js";
import type { Label } from "./sample.js";
import type { Score } from "./score.js";

/**
 * Matthews correlation coefficient over any number of classes, in [−1, 1]; 0 is chance, CoLA's metric in GLUE.
 *
 * With c right of n samples, pₖ predictions and tₖ labels of class k:
 * value = (c·n − Σ pₖtₖ) / √((n² − Σ pₖ²)(n² − Σ tₖ²)); 0 when a factor is 0. Uncertainty by seeded bootstrap.
 *
 * Source: J. Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient (2004);
 * scikit-learn 1.2, sklearn.metrics.matthews_corrcoef.
 *
 * @throws E_METRIC when the counts differ, E_DATA_EMPTY without samples
 * @example mcc([1, -1, 1, 1], [1, 1, 1, -1]).value // -0.333
 */
export function mcc(
  predictions: readonly Label[],
  labels: readonly Label[],
  options: BootstrapOptions = {},
): Score {
  const pairs = pairLabels("mcc", predictions, labels);
  return bootstrapScore(mccStatistic(classesOf(pairs)), pairs, options);
}

/** MCC as additive counts: right, n, then predictions and labels per class. */
export function mccStatistic(classes: readonly string[]): Statistic<LabelPair> {
  const k = classes.length;
  return {
    name: "mcc",
    higherIsBetter: true,
    measure: ({ predicted, actual }) => [
      Number(predicted === actual),
      1,
      ...classes.map((name) => Number(name === predicted)),
      ...classes.map((name) => Number(name === actual)),
    ],
    value: ([right = 0, n = 0, ...counts]) => {
      const dot = (a: number, b: number): number =>
        classes.reduce((sum, _, i) => sum + counts[a + i] * counts[b + i], 0);
      const scale = Math.sqrt((n * n - dot(0, 0)) * (n * n - dot(k, k)));
      return scale === 0 ? 0 : (right * n - dot(0, k)) / scale;
    },
  };
}
