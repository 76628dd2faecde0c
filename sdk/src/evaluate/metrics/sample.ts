import { GradlabError } from "../../errors.js";

/** One answer and what it is compared with. */
export interface TextSample {
  readonly prediction: string;
  readonly references: readonly string[];
}

/** What a model's likelihood said about one text: total negative log-likelihood in nats, and the text's size. */
export interface LikelihoodSample {
  readonly nats: number;
  readonly tokens: number;
  /** Size in UTF-8 bytes; needed by bits per byte. */
  readonly bytes?: number;
  /** Size in whitespace-separated words; needed by word perplexity. */
  readonly words?: number;
}

/** A class name; numbers and booleans are compared by their text. */
export type Label = string | number | boolean;

/** One reference text, or several that are all right, per sample. */
export type References = readonly (string | readonly string[])[];

/**
 * Pairs predictions with their references.
 *
 * @throws E_METRIC when the counts differ or a sample has no reference, E_DATA_EMPTY without samples
 * @example pairTexts("bleu", ["a"], [["a", "b"]]) // [{ prediction: "a", references: ["a", "b"] }]
 */
export function pairTexts(
  metric: string,
  predictions: readonly string[],
  references: References,
): TextSample[] {
  checkCounts(metric, predictions.length, references.length);
  return predictions.map((prediction, i) => {
    const given = references[i];
    const list = typeof given === "string" ? [given] : given;
    if (list.length === 0)
      throw new GradlabError("E_METRIC", `${metric}: sample ${i} has no reference.`, {
        hint: "Give at least one reference text for every prediction.",
        details: { index: i },
      });
    return { prediction, references: list };
  });
}

/** @throws E_METRIC when the counts differ, E_DATA_EMPTY when both are zero */
export function checkCounts(metric: string, predictions: number, references: number): void {
  if (predictions !== references)
    throw new GradlabError(
      "E_METRIC",
      `${metric}: ${predictions} predictions but ${references} references.`,
      {
        hint: "Give one reference (or a list of references) for every prediction, in the same order.",
      },
    );
  if (predictions === 0)
    throw new GradlabError("E_DATA_EMPTY", `${metric}: there are no predictions to score.`);
}
