import { GradlabError } from "../../errors.js";
import { type Label, checkCounts } from "./sample.js";

/** Two labels of one sample, as text. */
export interface LabelPair {
  readonly predicted: string;
  readonly actual: string;
}

/** Which class counts as positive in a two-class metric. */
export interface PositiveOption {
  /** Default: the "yes" side of 0/1, false/true, no/yes, negative/positive or neg/pos. */
  readonly positive?: Label;
}

const KNOWN_POSITIVES = ["1", "true", "yes", "positive", "pos"];
const KNOWN_NEGATIVES = ["0", "false", "no", "negative", "neg"];

/** @throws E_METRIC when the counts differ, E_DATA_EMPTY without samples */
export function pairLabels(
  metric: string,
  predictions: readonly Label[],
  labels: readonly Label[],
): LabelPair[] {
  checkCounts(metric, predictions.length, labels.length);
  return predictions.map((label, i) => ({ predicted: String(label), actual: String(labels[i]) }));
}

/** Every class that occurs, predicted or actual, in a fixed order. */
export function classesOf(pairs: readonly LabelPair[]): string[] {
  return [...new Set(pairs.flatMap(({ predicted, actual }) => [predicted, actual]))].sort();
}

/**
 * The positive class: the one asked for, else the well-known one.
 *
 * @throws E_METRIC when the labels do not say which class is positive, or there are more than two
 * @example positiveClass("f1", [{ predicted: "no", actual: "yes" }], {}) // "yes"
 */
export function positiveClass(metric: string, pairs: readonly LabelPair[], options: PositiveOption): string {
  if (options.positive !== undefined) return String(options.positive);
  const classes = classesOf(pairs);
  const index = KNOWN_POSITIVES.findIndex((positive, i) =>
    classes.every((name) => name.toLowerCase() === positive || name.toLowerCase() === KNOWN_NEGATIVES[i]),
  );
  const found = KNOWN_POSITIVES[index];
  if (found === undefined)
    throw new GradlabError(
      "E_METRIC",
      `${metric}: cannot tell which of the classes ${classes.slice(0, 8).join(", ")} is the positive one.`,
      { hint: `Give { positive: "${classes[0]}" }, or use f1_macro for more than two classes.` },
    );
  return classes.find((name) => name.toLowerCase() === found) ?? found;
}

/** [true positives, false positives, false negatives, true negatives] of one sample. */
export function binaryCounts(
  { predicted, actual }: LabelPair,
  positive: string,
): [number, number, number, number] {
  const [p, a] = [predicted === positive, actual === positive];
  return [Number(p && a), Number(p && !a), Number(!p && a), Number(!p && !a)];
}

/** 2·tp / (2·tp + fp + fn); 0 where nothing is positive. */
export function f1Of(tp: number, fp: number, fn: number): number {
  return tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn);
}
