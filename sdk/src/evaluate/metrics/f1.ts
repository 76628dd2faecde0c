import { type BootstrapOptions, type Statistic, bootstrapScore } from "./bootstrap.js";
import {
  type LabelPair,
  type PositiveOption,
  binaryCounts,
  classesOf,
  f1Of,
  pairLabels,
  positiveClass,
} from "./confusion.js";
import type { Label } from "./sample.js";
import type { Score } from "./score.js";

/** How per-class F1 values become one: unweighted mean, pooled counts, or mean weighted by class size. */
export type F1Average = "macro" | "micro" | "weighted";

/**
 * F1 of two classes: the harmonic mean of precision and recall of the positive class, in [0, 1].
 *
 * value = 2·tp / (2·tp + fp + fn); 0 when tp = 0. Uncertainty by seeded bootstrap.
 *
 * Source: scikit-learn 1.2, sklearn.metrics.f1_score (average = "binary", zero_division = 0).
 *
 * @throws E_METRIC when the counts differ or the positive class is unclear, E_DATA_EMPTY without samples
 * @example f1([1, 1, 0], [1, 0, 1]).value // 0.5
 */
export function f1(
  predictions: readonly Label[],
  labels: readonly Label[],
  options: PositiveOption & BootstrapOptions = {},
): Score {
  const pairs = pairLabels("f1", predictions, labels);
  return bootstrapScore(f1Statistic(positiveClass("f1", pairs, options)), pairs, options);
}

/**
 * F1 over any number of classes, in [0, 1].
 *
 * macro: mean over classes of F1(class). micro: F1 of the summed counts, which equals accuracy here.
 * weighted: Σ support(class)·F1(class) / n. Classes are all that occur, predicted or actual; in a resample only
 * those that occur there count. Uncertainty by seeded bootstrap.
 *
 * Source: scikit-learn 1.2, sklearn.metrics.f1_score (average = "macro" | "micro" | "weighted").
 *
 * @throws E_METRIC when the counts differ, E_DATA_EMPTY without samples
 * @example f1Macro([0, 2, 1, 0, 0, 1], [0, 1, 2, 0, 1, 2]).value // 0.2667
 */
export function f1Macro(
  predictions: readonly Label[],
  labels: readonly Label[],
  options: BootstrapOptions & { average?: F1Average } = {},
): Score {
  const { average = "macro" } = options;
  const pairs = pairLabels(`f1_${average}`, predictions, labels);
  return bootstrapScore(f1ClassesStatistic(classesOf(pairs), average), pairs, options);
}

/** F1 of one class as additive counts. */
export function f1Statistic(positive: string): Statistic<LabelPair> {
  return {
    name: "f1",
    higherIsBetter: true,
    measure: (pair) => binaryCounts(pair, positive),
    value: ([tp = 0, fp = 0, fn = 0]) => f1Of(tp, fp, fn),
  };
}

/** F1 over classes as additive counts: three per class. */
export function f1ClassesStatistic(classes: readonly string[], average: F1Average): Statistic<LabelPair> {
  return {
    name: `f1_${average}`,
    higherIsBetter: true,
    measure: (pair) => classes.flatMap((name) => binaryCounts(pair, name).slice(0, 3)),
    value: (sum) => averageF1(sum, average),
  };
}

function averageF1(sum: readonly number[], average: F1Average): number {
  const rows = Array.from({ length: sum.length / 3 }, (_, c) => sum.slice(3 * c, 3 * c + 3))
    .map(([tp = 0, fp = 0, fn = 0]) => ({ tp, fp, fn, support: tp + fn }))
    .filter(({ tp, fp, fn }) => tp + fp + fn > 0);
  const total = (key: "tp" | "fp" | "fn" | "support"): number => rows.reduce((all, row) => all + row[key], 0);
  if (average === "micro") return f1Of(total("tp"), total("fp"), total("fn"));
  const weight = (row: { support: number }): number => (average === "macro" ? 1 : row.support);
  const all = rows.reduce((w, row) => w + weight(row), 0);
  return all === 0 ? 0 : rows.reduce((v, row) => v + weight(row) * f1Of(row.tp, row.fp, row.fn), 0) / all;
}
