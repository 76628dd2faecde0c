import assert from "node:assert/strict";
import { test } from "node:test";

const built = new URL("../../../scripts/dist/train/", import.meta.url);
const { KneserNey } = (await import(
  new URL("kneser-ney.js", built).href
)) as typeof import("../../scripts/train/kneser-ney.js");
const { NaiveBayes } = (await import(
  new URL("naive-bayes.js", built).href
)) as typeof import("../../scripts/train/naive-bayes.js");

const tokens = Uint16Array.from({ length: 400 }, (_, i) => (i * i + 3 * (i % 7)) % 11);

/** The definition, read off the text for every question; shares nothing with the sorted tables. */
function defined(text: Uint16Array, order: number, token: number, context: readonly number[]): number {
  const grams = (n: number): number[][] =>
    Array.from(text, (_, i) => Array.from(text.slice(i, i + n))).filter((g) => g.length === n);
  const countsAt = (n: number): Map<string, number> => {
    const counts = new Map<string, number>();
    if (n === order) for (const gram of grams(n)) counts.set(gram.join(), (counts.get(gram.join()) ?? 0) + 1);
    else
      for (const longer of new Set(grams(n + 1).map((gram) => gram.join()))) {
        const gram = longer.split(",").slice(1).join();
        counts.set(gram, (counts.get(gram) ?? 0) + 1);
      }
    return counts;
  };
  let p = 1 / 4096;
  for (let n = 1; n <= order; n++) {
    const counts = countsAt(n);
    const times = (k: number): number => [...counts.values()].filter((count) => count === k).length;
    const discount = times(1) > 0 ? times(1) / (times(1) + 2 * times(2)) : 0.5;
    const history = context.slice(context.length - n + 1);
    const follow = [...counts].filter(([gram]) => gram.split(",").slice(0, -1).join() === history.join());
    const total = follow.reduce((sum, [, count]) => sum + count, 0);
    if (total === 0) break;
    const seen = counts.get([...history, token].join()) ?? 0;
    p = (Math.max(seen - discount, 0) + discount * follow.length * p) / total;
  }
  return p;
}

test("Kneser–Ney follows its definition, and its probabilities add up to one", () => {
  for (const order of [1, 2, 3, 4]) {
    const model = new KneserNey(tokens, order);
    for (const context of [
      [4, 9, 3],
      [tokens[7], tokens[8], tokens[9]],
      [2000, 1, 2],
    ]) {
      let sum = 0;
      for (let token = 0; token < 4096; token++) sum += model.probability(token, context);
      assert.ok(Math.abs(sum - 1) < 1e-9, `${sum}`);
      for (const token of [0, 4, 10, 77])
        assert.ok(
          Math.abs(model.probability(token, context) - defined(tokens, order, token, context)) < 1e-12,
        );
    }
  }
});

test("naive Bayes gives the posterior worked out by hand", () => {
  const model = new NaiveBayes([
    { text: "good good film", label: "yes" },
    { text: "bad film", label: "no" },
  ]);
  // terms: good, film, bad, "good good", "good film", "bad film"; yes has 5, no has 3
  // yes: ½·(2+1)/(5+6); no: ½·(0+1)/(3+6)
  assert.equal(model.classify("good"), "yes");
  assert.equal(model.classify("bad"), "no");
  // yes: ½·2/11 = 0.0909; no: ½·2/9 = 0.1111
  assert.equal(model.classify("film"), "no");
  assert.equal(
    model.accuracy([
      { text: "good", label: "yes" },
      { text: "film", label: "yes" },
    ]),
    0.5,
  );
});
