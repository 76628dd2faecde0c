import { Decoder, prefill, type LanguageModel } from "../models/index.js";

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly n: number;
}

const PROMPT = 32;
const STEPS = 64;
const WARM_UP = 4;

/**
 * Time of one decoding step of one sequence, for two models in turn, so that whatever else the machine does falls
 * on both alike.
 */
export async function measureLatency(
  before: LanguageModel,
  after: LanguageModel,
  pausePoint: () => Promise<void>,
): Promise<{ before: Percentiles; after: Percentiles }> {
  const capacity = Math.min(before.config.maxPositions, PROMPT + WARM_UP + STEPS);
  const steps = Math.max(1, Math.min(STEPS, Math.floor(capacity / 2)));
  const warm = Math.min(WARM_UP, capacity - steps - 1);
  const prompt = Int32Array.from(
    { length: Math.max(1, capacity - steps - warm) },
    (_, i) => i % before.config.vocabSize,
  );
  const decoders = [before, after].map((model) => new Decoder(model, { capacity }));
  for (const decoder of decoders) await prefill(decoder, prompt);
  const times: number[][] = [[], []];
  for (let step = 0; step < warm + steps; step++) {
    await pausePoint();
    const past = Int32Array.of(prompt.length + step);
    for (const [which, decoder] of decoders.entries()) {
      const started = performance.now();
      await decoder.step(Int32Array.of(step % before.config.vocabSize), past);
      if (step >= warm) times[which].push(performance.now() - started);
    }
  }
  return { before: percentiles(times[0]), after: percentiles(times[1]) };
}

/** Nearest-rank percentiles. */
export function percentiles(times: readonly number[]): Percentiles {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), n: times.length };
}
