import { GradlabError } from "../errors.js";
import type { Random } from "../tensor/index.js";

export interface SamplingOptions {
  /** 0 takes the most likely token; 1 samples the model's own distribution. Default 0. */
  readonly temperature?: number;
  /** Only the k most likely tokens. Default: all. */
  readonly topK?: number;
  /** Only the smallest set of tokens whose probability reaches p. Default 1. */
  readonly topP?: number;
}

/** @throws E_CONFIG naming the option */
export function checkSampling({ temperature = 0, topK = 1, topP = 1 }: SamplingOptions): void {
  const refuse = (what: string): never => {
    throw new GradlabError("E_CONFIG", what, { hint: "temperature ≥ 0, topK ≥ 1, 0 < topP ≤ 1." });
  };
  if (!(temperature >= 0) || !Number.isFinite(temperature)) refuse(`temperature ${temperature} is not a number ≥ 0.`);
  if (!Number.isInteger(topK) || topK < 1) refuse(`topK ${topK} is not a positive integer.`);
  if (!(topP > 0 && topP <= 1)) refuse(`topP ${topP} is outside (0, 1].`);
}

/**
 * Draws one token from logits.
 *
 * @source Holtzman et al. 2020 (topP); Fan et al. 2018 (topK)
 */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: Random): number {
  const { temperature = 0, topK = logits.length, topP = 1 } = options;
  if (temperature === 0) return argmax(logits);
  const candidates = topK < logits.length || topP < 1 ? mostLikely(logits, topK) : undefined;
  const top = logits[argmax(logits)];
  const count = candidates?.length ?? logits.length;
  const weight = (i: number): number => Math.exp((logits[candidates ? candidates[i] : i] - top) / temperature);
  let total = 0;
  for (let i = 0; i < count; i++) total += weight(i);
  let kept = count;
  if (topP < 1) {
    let mass = 0;
    for (kept = 0; kept < count && mass < topP * total; kept++) mass += weight(kept);
    total = mass;
  }
  let left = random.uniform() * total;
  for (let i = 0; i < kept; i++) {
    left -= weight(i);
    if (left < 0) return candidates ? candidates[i] : i;
  }
  return candidates ? candidates[kept - 1] : kept - 1;
}

export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

function mostLikely(logits: Float32Array, k: number): Int32Array {
  const order = Int32Array.from(logits, (_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b);
  return order.subarray(0, k);
}
