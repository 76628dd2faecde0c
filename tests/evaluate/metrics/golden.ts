import { readFileSync } from "node:fs";

export interface Golden {
  readonly porter: readonly (readonly [word: string, stem: string])[];
  readonly classification: readonly (Record<string, number> & { actual: number[]; predicted: number[] })[];
  readonly bleu: readonly { predictions: string[]; references: string[][]; bleu: number }[];
  readonly wilson: readonly { k: number; n: number; low: number; high: number }[];
}

/** Values of scikit-learn, SciPy and NLTK; made by tests/golden/make_metrics.py. */
export const golden = JSON.parse(
  readFileSync(new URL("../../../golden/metrics.json", import.meta.url), "utf8"),
) as Golden;

export function near(actual: number, expected: number, tolerance = 1e-9): void {
  if (!(Math.abs(actual - expected) <= tolerance))
    throw new Error(`${actual} is not within ${tolerance} of ${expected}`);
}
