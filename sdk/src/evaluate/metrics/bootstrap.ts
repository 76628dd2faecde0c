import { GradlabError } from "../../errors.js";
import type { Score } from "./score.js";

/** How a corpus metric's uncertainty is found: `resamples` draws (default 1000) from `seed` (default 12345). */
export interface BootstrapOptions {
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * A metric as additive evidence: each sample gives a fixed number of counts, and the metric is a function of their sums.
 * Resampling then needs no text at all, and every corpus metric shares one bootstrap.
 */
export interface Statistic<S> {
  readonly name: string;
  readonly higherIsBetter: boolean;
  /** The counts of one sample; the same length for every sample. */
  measure(sample: S): readonly number[];
  /** The metric of summed counts. */
  value(sum: readonly number[]): number;
}

/** Is system A better than system B on the same samples? */
export interface Comparison {
  /** metric(A) − metric(B). */
  readonly delta: number;
  readonly ci95: readonly [low: number, high: number];
  readonly p: number;
  readonly verdict: "better" | "worse" | "no-difference";
  readonly n: number;
}

/**
 * Scores samples with a corpus metric; the uncertainty comes from a seeded percentile bootstrap.
 *
 * stderr is the standard deviation over the resamples, ci95 their 2.5 % and 97.5 % quantiles.
 * Source: P. Koehn, Statistical Significance Tests for Machine Translation Evaluation, EMNLP 2004.
 *
 * @throws E_DATA_EMPTY without samples
 * @example bootstrapScore(bleuStatistic(), samples, { seed: 1 }).ci95
 */
export function bootstrapScore<S>(
  statistic: Statistic<S>,
  samples: readonly S[],
  options: BootstrapOptions = {},
): Score {
  const rows = measureAll(statistic, samples);
  const value = statistic.value(sumRows(rows, identity(rows.length)));
  const common = { value, n: rows.length, higherIsBetter: statistic.higherIsBetter };
  checkOptions(options);
  if (rows.length < 2) return { ...common, stderr: NaN, ci95: [NaN, NaN] };
  const draws = resample(rows.length, options, (picked) => statistic.value(sumRows(rows, picked)));
  return { ...common, stderr: deviation(draws), ci95: quantiles(draws) };
}

/**
 * Compares two systems on the same samples by the paired bootstrap: both are scored on the same resamples.
 *
 * p is the two-sided probability of a difference at least this large if there were none, as in sacreBLEU:
 * p = (#{|δᵢ − mean(δ)| ≥ |δ|} + 1) / (resamples + 1). `verdict` is about A and needs p < alpha (default 0.05).
 *
 * @throws E_METRIC when the systems have different numbers of samples, E_DATA_EMPTY without samples
 * @example comparePaired(bleuStatistic(), samplesA, samplesB).verdict // "no-difference"
 */
export function comparePaired<S>(
  statistic: Statistic<S>,
  a: readonly S[],
  b: readonly S[],
  options: BootstrapOptions & { alpha?: number } = {},
): Comparison {
  if (a.length !== b.length)
    throw new GradlabError(
      "E_METRIC",
      `${statistic.name}: a paired comparison needs the same samples, got ${a.length} and ${b.length}.`,
      { hint: "Score both systems on the same data, in the same order." },
    );
  checkOptions(options);
  const [rowsA, rowsB] = [measureAll(statistic, a), measureAll(statistic, b)];
  const difference = (picked: Int32Array): number =>
    statistic.value(sumRows(rowsA, picked)) - statistic.value(sumRows(rowsB, picked));
  const delta = difference(identity(a.length));
  const draws = resample(a.length, options, difference);
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const extreme = draws.filter((x) => Math.abs(x - mean) >= Math.abs(delta)).length;
  const p = (extreme + 1) / (draws.length + 1);
  const significant = a.length > 1 && delta !== 0 && p < (options.alpha ?? 0.05);
  const good = delta > 0 === statistic.higherIsBetter;
  const verdict = !significant ? "no-difference" : good ? "better" : "worse";
  return { delta, ci95: quantiles(draws), p, verdict, n: a.length };
}

function measureAll<S>(statistic: Statistic<S>, samples: readonly S[]): (readonly number[])[] {
  if (samples.length === 0)
    throw new GradlabError("E_DATA_EMPTY", `${statistic.name}: there are no samples to score.`);
  return samples.map((sample) => statistic.measure(sample));
}

function sumRows(rows: readonly (readonly number[])[], picked: Int32Array): number[] {
  const sum = Array.from({ length: rows[0]?.length ?? 0 }, () => 0);
  for (const index of picked) {
    const row = rows[index];
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i] + row[i];
  }
  return sum;
}

function checkOptions({ resamples = 1000 }: BootstrapOptions): void {
  if (!Number.isInteger(resamples) || resamples < 2)
    throw new GradlabError("E_CONFIG", `resamples must be an integer of at least 2, got ${resamples}.`);
}

function resample(n: number, options: BootstrapOptions, score: (picked: Int32Array) => number): number[] {
  const { resamples = 1000, seed = 12345 } = options;
  const random = uniform(seed);
  const picked = new Int32Array(n);
  return Array.from({ length: resamples }, () => {
    for (let i = 0; i < n; i++) picked[i] = Math.floor(random() * n);
    return score(picked);
  });
}

const identity = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

function deviation(draws: readonly number[]): number {
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  return Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws.length - 1));
}

function quantiles(draws: readonly number[]): readonly [number, number] {
  const sorted = Float64Array.from(draws).sort();
  const at = (q: number): number => {
    const place = q * (sorted.length - 1);
    const low = sorted[Math.floor(place)];
    const high = sorted[Math.ceil(place)];
    return low + (high - low) * (place - Math.floor(place));
  };
  return [at(0.025), at(0.975)];
}

/** mulberry32 (T. Ettinger, public domain): enough for resampling, and the same numbers on every machine. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
