import { GradlabError } from "../../errors.js";

/** A number with its uncertainty: what every metric returns. */
export interface Score {
  readonly value: number;
  /** Standard error of `value`; NaN where fewer than two samples say nothing about it. */
  readonly stderr: number;
  /** 95 % confidence interval; NaN bounds where `stderr` is NaN. */
  readonly ci95: readonly [low: number, high: number];
  /** How many independent samples the value rests on. */
  readonly n: number;
  readonly higherIsBetter: boolean;
}

const Z95 = 1.959963984540054;

/**
 * The mean of independent samples with its normal-theory interval.
 *
 * value = Σx/n, stderr = s/√n with s² = Σ(x − value)²/(n − 1), ci95 = value ± 1.96·stderr.
 *
 * @throws E_DATA_EMPTY without samples
 * @example meanScore([0.5, 1, 0.5, 1]).value // 0.75
 */
export function meanScore(samples: readonly number[], options: { higherIsBetter?: boolean } = {}): Score {
  const n = samples.length;
  if (n === 0) throw new GradlabError("E_DATA_EMPTY", "A mean over no samples is undefined.");
  const value = samples.reduce((sum, x) => sum + x, 0) / n;
  const squares = samples.reduce((sum, x) => sum + (x - value) ** 2, 0);
  const stderr = n < 2 ? NaN : Math.sqrt(squares / (n - 1) / n);
  const ci95 = [value - Z95 * stderr, value + Z95 * stderr] as const;
  return { value, stderr, ci95, n, higherIsBetter: options.higherIsBetter ?? true };
}

/**
 * A proportion of successes with Wilson's interval, which stays inside [0, 1] and does not collapse at 0 or 1.
 *
 * value = k/n, stderr = √(value·(1 − value)/(n − 1)),
 * ci95 = (k + z²/2 ± z·√(k·(n − k)/n + z²/4)) / (n + z²). Without trials: value 0, ci95 [0, 1].
 *
 * Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
 *
 * @example proportionScore(8, 10).ci95 // [0.490, 0.943]
 */
export function proportionScore(
  successes: number,
  trials: number,
  options: { higherIsBetter?: boolean } = {},
): Score {
  const higherIsBetter = options.higherIsBetter ?? true;
  if (trials === 0) return { value: 0, stderr: NaN, ci95: [0, 1], n: 0, higherIsBetter };
  const value = successes / trials;
  const stderr = trials < 2 ? NaN : Math.sqrt((value * (1 - value)) / (trials - 1));
  const z2 = Z95 * Z95;
  const middle = (successes + z2 / 2) / (trials + z2);
  const spread = (Z95 * Math.sqrt((successes * (trials - successes)) / trials + z2 / 4)) / (trials + z2);
  const ci95 = [Math.max(0, middle - spread), Math.min(1, middle + spread)] as const;
  return { value, stderr, ci95, n: trials, higherIsBetter };
}
