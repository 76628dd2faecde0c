import assert from "node:assert/strict";
import { test } from "node:test";
import {
  GradlabError,
  bitsPerByte,
  bleu,
  bootstrapScore,
  comparePaired,
  meanScore,
  metricByName,
  metricNames,
  perplexity,
  proportionScore,
} from "gradlab";
import { golden, near } from "./golden.js";

test("a proportion's interval is SciPy's Wilson interval", () => {
  for (const { k, n, low, high } of golden.wilson) {
    const { ci95 } = proportionScore(k, n);
    near(ci95[0], low, 1e-9);
    near(ci95[1], high, 1e-9);
  }
});

const mean = {
  name: "mean",
  higherIsBetter: true,
  measure: (x: number): readonly number[] => [x, 1],
  value: (sum: readonly number[]): number => sum[0] / sum[1],
};
const VALUES = Array.from({ length: 200 }, (_, i) => ((i * 7919) % 101) / 101);

test("the bootstrap finds the standard error that theory gives for a mean", () => {
  const [found, theory] = [bootstrapScore(mean, VALUES), meanScore(VALUES)];
  near(found.value, theory.value, 1e-12);
  near(found.stderr / theory.stderr, 1, 0.1);
  near(found.ci95[0], theory.ci95[0], 0.2 * theory.stderr);
  near(found.ci95[1], theory.ci95[1], 0.2 * theory.stderr);
});

test("the bootstrap is the same for the same seed and another for another", () => {
  const draw = (seed: number): number => bootstrapScore(mean, VALUES, { seed }).stderr;
  assert.equal(draw(1), draw(1));
  assert.notEqual(draw(1), draw(2));
});

test("one sample gives no uncertainty rather than a false one", () => {
  const score = bleu(["a b c d e"], ["a b c d e"]);
  assert.ok(Number.isNaN(score.stderr) && Number.isNaN(score.ci95[0]));
  assert.ok(Number.isNaN(meanScore([1]).stderr));
});

test("a paired comparison sees what is there and nothing else", () => {
  const better = VALUES.map((x, i) => x + 0.02 * (i % 3));
  assert.equal(comparePaired(mean, better, VALUES).verdict, "better");
  assert.equal(comparePaired(mean, VALUES, better).verdict, "worse");
  assert.equal(comparePaired({ ...mean, higherIsBetter: false }, better, VALUES).verdict, "worse");
  assert.equal(comparePaired(mean, VALUES, VALUES).verdict, "no-difference");
  const shuffled = VALUES.map((_, i) => VALUES[(i * 31) % 200]);
  assert.equal(comparePaired(mean, shuffled, VALUES).verdict, "no-difference");
});

test("under no difference the paired test rejects about as often as alpha says", () => {
  let rejected = 0;
  for (let run = 0; run < 200; run++) {
    const noise = (salt: number): number[] =>
      Array.from({ length: 40 }, (_, i) => Math.sin((run * 40 + i) * 12.9898 + salt) * 43758.5453).map(
        (x) => x - Math.floor(x),
      );
    const { p } = comparePaired(mean, noise(1), noise(2), { resamples: 200, seed: run });
    if (p < 0.05) rejected++;
  }
  assert.ok(rejected > 1 && rejected < 25, `${rejected} of 200`);
});

test("perplexity and bits per byte come from summed nats", () => {
  near(perplexity({ nats: 100 * Math.log(8), tokens: 100 }).value, 8);
  const samples = [
    { nats: 10, tokens: 5, words: 4, bytes: 20 },
    { nats: 2, tokens: 3, words: 2, bytes: 12 },
  ];
  near(perplexity(samples).value, Math.exp(12 / 8));
  near(perplexity(samples, { per: "words" }).value, Math.exp(12 / 6));
  near(bitsPerByte(samples).value, 12 / 32 / Math.LN2);
  assert.equal(perplexity(samples).higherIsBetter, false);
  assert.ok(perplexity(samples).ci95[0] < perplexity(samples).value);
  const code = (error: GradlabError): boolean => error.code === "E_METRIC";
  assert.throws(() => perplexity([{ nats: NaN, tokens: 3 }]), code);
  assert.throws(() => perplexity([{ nats: 1, tokens: 0 }]), code);
  assert.throws(() => bitsPerByte([{ nats: 1, tokens: 2 }]), code);
});

test("every metric is found by its name and scores", () => {
  for (const name of metricNames()) {
    const metric = metricByName(name);
    assert.equal(metric.name, name);
    if (metric.kind === "likelihood") {
      const good = [1, 2, 3].map((nats) => ({ nats, tokens: 3, bytes: 9, words: 2 }));
      const bad = good.map((sample) => ({ ...sample, nats: sample.nats + 5 }));
      assert.ok(metric.score(good).value < metric.score(bad).value);
      assert.equal(metric.compare(good, bad).verdict, "better");
      continue;
    }
    const references = Array.from({ length: 24 }, (_, i) => (i % 2 ? "yes" : "no"));
    const right = metric.score(references, references);
    const flipped = references.map((label, i) => (i % 3 ? label : label === "yes" ? "no" : "yes"));
    assert.ok(right.value > metric.score(flipped, references).value || right.value === 0, name);
    near(
      metric.compare(references, flipped, references).delta,
      right.value - metric.score(flipped, references).value,
      1e-9,
    );
  }
});

test("the registry's options reach the metric", () => {
  const bleuByName = metricByName("bleu");
  assert.ok(bleuByName.kind === "text");
  near(bleuByName.score(["我喜欢大模型"], ["我喜欢大模型"], { language: "auto" }).value, 100);
  assert.equal(bleuByName.score(["我喜欢大模型"], ["我喜欢大模型"]).value, 0);
  const f1ByName = metricByName("f1");
  assert.ok(f1ByName.kind === "text");
  near(f1ByName.score(["cat", "dog"], ["cat", "cat"], { positive: "cat" }).value, 2 / 3);
  near(f1ByName.compare(["cat", "cat"], ["cat", "dog"], ["cat", "cat"], { positive: "cat" }).delta, 1 / 3);
});

test("an unknown name is refused with the nearest one", () => {
  const hint = (name: string): string => {
    try {
      metricByName(name);
    } catch (error) {
      assert.ok(error instanceof GradlabError && error.code === "E_METRIC");
      return error.hint;
    }
    return assert.fail(`${name} was accepted`);
  };
  assert.match(hint("rouge-l"), /Did you mean "rougeL"/);
  assert.match(hint("perplexty"), /Did you mean "perplexity"/);
  assert.match(hint("f1macro"), /Did you mean "f1_macro"/);
  assert.doesNotMatch(hint("something else"), /Did you mean/);
});

test("mismatched counts and empty data are refused", () => {
  const code = (expected: string) => (error: GradlabError) => error.code === expected;
  assert.throws(() => bleu(["a", "b"], ["a"]), code("E_METRIC"));
  assert.throws(() => bleu([], []), code("E_DATA_EMPTY"));
  assert.throws(() => bleu(["a"], [[]]), code("E_METRIC"));
  assert.throws(() => comparePaired(mean, [1], [1, 2]), code("E_METRIC"));
  assert.throws(() => bleu(["a"], ["a"], { resamples: 1.5 }), code("E_CONFIG"));
});
