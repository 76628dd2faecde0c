import { type BleuOptions, bleuStatistic } from "./bleu.js";
import { type References, pairTexts } from "./sample.js";
import { type Score, meanScore } from "./score.js";

/**
 * Sentence BLEU in [0, 100]: BLEU of every sample by itself, averaged; not comparable with corpus BLEU.
 *
 * As sacreBLEU's sentence_bleu: exponential smoothing and effective order on by default.
 *
 * Source: B. Chen, C. Cherry, A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU (WMT 2014).
 *
 * @throws E_METRIC when the counts differ or a sample has no reference, E_DATA_EMPTY without samples
 * @example sentenceBleu(["the cat sat"], ["the cat sat down"]).value // 71.65
 */
export function sentenceBleu(
  predictions: readonly string[],
  references: References,
  options: BleuOptions = {},
): Score {
  const statistic = bleuStatistic({ effectiveOrder: true, ...options });
  const samples = pairTexts("sentence_bleu", predictions, references);
  return meanScore(samples.map((sample) => statistic.value(statistic.measure(sample))));
}
