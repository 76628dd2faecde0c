// predictions, references → Score
export { accuracy } from "./accuracy.js";
export { bitsPerByte } from "./bits-per-byte.js";
export { type BleuOptions, type BleuScore, bleu, bleuStatistic } from "./bleu.js";
export { type BleuTokenizer, bleuWords } from "./bleu-tokenizer.js";
export {
  type BootstrapOptions,
  type Comparison,
  type Statistic,
  bootstrapScore,
  comparePaired,
} from "./bootstrap.js";
export { type ChrfOptions, chrf, chrfStatistic } from "./chrf.js";
export type { PositiveOption } from "./confusion.js";
export { type ExactMatchOptions, exactMatch, normalizeSquad } from "./exact-match.js";
export { type F1Average, f1, f1Macro } from "./f1.js";
export { mcc } from "./mcc.js";
export {
  type LikelihoodMetric,
  type Metric,
  type MetricOptions,
  type TextMetric,
  metricByName,
  metricNames,
} from "./metric-by-name.js";
export { perplexity } from "./perplexity.js";
export { porterStem } from "./porter.js";
export { precision } from "./precision.js";
export { recall } from "./recall.js";
export {
  type RougeOptions,
  type RougeParts,
  type RougeType,
  rouge,
  rougeParts,
  rougeWords,
} from "./rouge.js";
export type { Label, LikelihoodSample, References, TextSample } from "./sample.js";
export { type Score, meanScore, proportionScore } from "./score.js";
export { sentenceBleu } from "./sentence-bleu.js";
