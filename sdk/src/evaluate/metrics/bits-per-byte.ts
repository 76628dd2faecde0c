import { type BootstrapOptions, type Statistic, bootstrapScore } from "./bootstrap.js";
import { listOf, natsOf, sizeOf } from "./perplexity.js";
import type { LikelihoodSample } from "./sample.js";
import type { Score } from "./score.js";

/**
 * Bits per byte: how many bits the model needs for one UTF-8 byte of text; comparable across tokenizers, lower is better.
 *
 * value = Σ natsᵢ / (ln 2 · Σ bytesᵢ). Uncertainty by seeded bootstrap over samples; a single total has none (NaN).
 *
 * Source: L. Gao et al., The Pile (2020), section 3.1.
 *
 * @throws E_METRIC when a sample lacks its byte count, E_DATA_EMPTY without samples
 * @example bitsPerByte({ nats: 100 * Math.log(2), tokens: 20, bytes: 100 }).value // 1
 */
export function bitsPerByte(
  samples: LikelihoodSample | readonly LikelihoodSample[],
  options: BootstrapOptions = {},
): Score {
  return bootstrapScore(bitsPerByteStatistic, listOf(samples), options);
}

/** Bits per byte as additive counts: nats and bytes. */
export const bitsPerByteStatistic: Statistic<LikelihoodSample> = {
  name: "bits_per_byte",
  higherIsBetter: false,
  measure: (sample) => [natsOf("bits_per_byte", sample), sizeOf("bits_per_byte", sample, "bytes")],
  value: ([nats = 0, bytes = 0]) => nats / bytes / Math.LN2,
};
