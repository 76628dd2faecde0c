import assert from "node:assert/strict";
import { test } from "node:test";
import { Random, sampleToken, type SamplingOptions } from "gradlab";

/** The definition: sort every token, cut at k, cut at the share p, draw by weight. */
function bySorting(logits: Float32Array, options: SamplingOptions, random: Random): number {
  const { temperature = 0, topK = logits.length, topP = 1 } = options;
  const ids = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  const weight = (id: number): number => Math.exp((logits[id] - logits[ids[0]]) / temperature);
  const most = ids.slice(0, topK);
  const total = most.reduce((sum, id) => sum + weight(id), 0);
  let mass = 0;
  const kept = topP === 1 ? most : most.filter((id) => mass < topP * total && (mass += weight(id)) > 0);
  const order = topK < logits.length || topP < 1 ? kept : kept.toSorted((a, b) => a - b);
  let left = random.uniform() * order.reduce((sum, id) => sum + weight(id), 0);
  return order.find((id) => (left -= weight(id)) < 0) ?? order.at(-1)!;
}

/** Peaked and flat, with many ties, both zeros and forbidden tokens. */
function someLogits(size: number, seed: number): Float32Array {
  const random = new Random(seed);
  const scale = [0.05, 1, 4][seed % 3];
  const logits = Float32Array.from({ length: size }, () => Math.round(random.normal() * 8) * 0.125 * scale);
  if (seed % 2 === 0) logits[random.integer(size)] = -Infinity;
  logits[random.integer(size)] = -0;
  return logits;
}

const OPTIONS: readonly SamplingOptions[] = [
  { temperature: 0.7 },
  { temperature: 1, topK: 1 },
  { temperature: 1, topK: 40 },
  { temperature: 2, topK: 1000 },
  { temperature: 1, topP: 0.9 },
  { temperature: 3, topP: 0.999 },
  { temperature: 1, topP: 0.001 },
  { temperature: 1, topK: 300, topP: 0.8 },
];

test("topK and topP choose as sorting the whole vocabulary would", () => {
  for (const size of [2, 50, 700, 5000]) {
    for (let seed = 0; seed < 12; seed++) {
      const logits = someLogits(size, seed);
      for (const options of OPTIONS) {
        const token = sampleToken(logits, options, new Random(seed));
        assert.equal(
          token,
          bySorting(logits, options, new Random(seed)),
          JSON.stringify({ size, seed, options }),
        );
      }
    }
  }
});

test("draws follow the distribution", () => {
  const random = new Random(3);
  const logits = Float32Array.from([1, 2, 0, -1].map((x) => x * 0.5));
  const counts = new Float64Array(4);
  const draws = 20_000;
  for (let i = 0; i < draws; i++) counts[sampleToken(logits, { temperature: 0.5 }, random)]++;
  const weights = [1, 2, 0, -1].map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  // Pearson's statistic with 3 degrees of freedom; 16.3 is passed once in a thousand.
  const statistic = weights
    .map((weight, i) => (counts[i] - (draws * weight) / total) ** 2 / ((draws * weight) / total))
    .reduce((a, b) => a + b);
  assert.ok(statistic < 16.3, `${statistic}`);
});
