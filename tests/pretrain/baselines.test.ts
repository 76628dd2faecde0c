import assert from "node:assert/strict";
import { test } from "node:test";
import { createModel, tensor } from "gradlab";

const built = new URL("../../../scripts/dist/train/", import.meta.url);
const { KneserNey } = (await import(
  new URL("kneser-ney.js", built).href
)) as typeof import("../../scripts/train/kneser-ney.js");
const { NaiveBayes } = (await import(
  new URL("naive-bayes.js", built).href
)) as typeof import("../../scripts/train/naive-bayes.js");

const { agreementOf } = (await import(
  new URL("agreement.js", built).href
)) as typeof import("../../scripts/train/agreement.js");

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

test("a draft's agreement with its teacher is that of their probabilities, position by position", async () => {
  const rows = [3, 7, 1, 9, 0, 5, 11, 2];
  const targets = [7, 1, 9, 4, 5, 11, 2, 6];
  const shape = { model_type: "llama", vocab_size: 12, hidden_size: 8, intermediate_size: 16 };
  const config = { ...shape, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 16 };
  const [draft, teacher] = [1, 2].map((seed) => createModel(config, { seed }));
  const [ids, next] = [rows, targets].map((values) => tensor(Int32Array.from(values), { shape: [2, 4] }));
  const [q, p] = await Promise.all(
    [draft, teacher].map(async (model) => probabilities(await model.forward(ids).data())),
  );
  const best = (row: readonly number[]): number => row.indexOf(Math.max(...row));
  const total = (of: (at: number) => number): number => targets.reduce((sum, _, at) => sum + of(at), 0);
  const expected = {
    nats: total((at) => -Math.log(q[at][targets[at]])),
    teacherNats: total((at) => -Math.log(p[at][targets[at]])),
    agreed: total((at) => Number(best(q[at]) === best(p[at]))),
    accepted: total((at) => q[at].reduce((sum, x, token) => sum + Math.min(x, p[at][token]), 0)),
  };
  const sums = agreementOf({ draft, teacher }, ids, next);
  for (const [name, value] of Object.entries(expected))
    assert.ok(Math.abs((await sums[name].item()) - value) < 1e-4, name);
  const same = agreementOf({ draft, teacher: draft }, ids, next);
  assert.equal(await same.agreed.item(), 8);
  assert.ok(Math.abs((await same.accepted.item()) - 8) < 1e-5);
});

/** Rows of twelve logits as probabilities. */
function probabilities(logits: ArrayLike<number | bigint>): number[][] {
  return Array.from({ length: logits.length / 12 }, (_, row) => {
    const powers = Array.from({ length: 12 }, (_, token) => Math.exp(Number(logits[12 * row + token])));
    const sum = powers.reduce((all, x) => all + x, 0);
    return powers.map((x) => x / sum);
  });
}
