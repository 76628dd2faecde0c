import { GradlabError } from "../../errors.js";
import { type BootstrapOptions, type Statistic, bootstrapScore } from "./bootstrap.js";
import type { LikelihoodSample } from "./sample.js";
import type { Score } from "./score.js";

/** What a likelihood is divided by. */
export type LikelihoodUnit = "tokens" | "words" | "bytes";

/**
 * Perplexity: the exponential of the mean negative log-likelihood per token; 1 is certainty, lower is better.
 *
 * value = exp(Σ natsᵢ / Σ tokensᵢ). A sample is one text (or one window of it): give the nats of the tokens that were
 * predicted, and count just those. With overlapping windows count each token once, in the window that gives it the
 * most context. `per: "words"` gives word perplexity (comparable across tokenizers). Uncertainty by seeded bootstrap
 * over samples; a single total has none (NaN).
 *
 * Source: F. Jelinek et al., Perplexity – a measure of the difficulty of speech recognition tasks (1977).
 *
 * @throws E_METRIC when a sample lacks its size or has a bad one, E_DATA_EMPTY without samples
 * @example perplexity({ nats: 100 * Math.log(8), tokens: 100 }).value // 8
 */
export function perplexity(
  samples: LikelihoodSample | readonly LikelihoodSample[],
  options: BootstrapOptions & { per?: "tokens" | "words" } = {},
): Score {
  const { per = "tokens" } = options;
  const name = per === "tokens" ? "perplexity" : "word_perplexity";
  return bootstrapScore(perplexityStatistic(name, per), listOf(samples), options);
}

/** Perplexity as additive counts: nats and units. */
export function perplexityStatistic(name: string, per: "tokens" | "words"): Statistic<LikelihoodSample> {
  return {
    name,
    higherIsBetter: false,
    measure: (sample) => [natsOf(name, sample), sizeOf(name, sample, per)],
    value: ([nats = 0, units = 0]) => Math.exp(nats / units),
  };
}

export function listOf(samples: LikelihoodSample | readonly LikelihoodSample[]): readonly LikelihoodSample[] {
  return "nats" in samples ? [samples] : samples;
}

/** @throws E_METRIC when the likelihood is not a number */
export function natsOf(metric: string, { nats }: LikelihoodSample): number {
  if (Number.isNaN(nats))
    throw new GradlabError("E_METRIC", `${metric}: a sample's likelihood is not a number.`, {
      hint: "The model gave NaN for it; check the model before the metric.",
    });
  return nats;
}

/** @throws E_METRIC when the sample does not say its size, or says an impossible one */
export function sizeOf(metric: string, sample: LikelihoodSample, unit: LikelihoodUnit): number {
  const size = sample[unit];
  if (size === undefined || !(size > 0))
    throw new GradlabError(
      "E_METRIC",
      `${metric}: a sample has ${size ?? "no"} ${unit}; it needs at least one.`,
      {
        hint: `Give { nats, ${unit} } with the number of ${unit} that were predicted; leave out empty texts.`,
      },
    );
  return size;
}
