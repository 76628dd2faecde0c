import assert from "node:assert/strict";
import { test } from "node:test";
import { AdamW, fromNumbers, Muon, SGD, tensor, Variable, type ParameterGroup } from "gradlab";
import { refused } from "../refused.js";

const ones = (name: string, shape = [2, 2]): Variable =>
  new Variable(fromNumbers(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape), name);

const gradients = (parameters: readonly Variable[], value: number) =>
  parameters.map(({ shape }) =>
    tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), { shape }),
  );

/** How far a step of plain descent with gradient 1 moves each parameter. */
async function moves(groups: readonly ParameterGroup[], weightDecay = 0): Promise<number[]> {
  const parameters = ["h.lora_A", "h.lora_B", "h.norm"].map((name) => ones(name));
  await new SGD(parameters, { learningRate: 0.25, weightDecay, groups }).update(gradients(parameters, 1));
  return Promise.all(parameters.map(async (p) => 1 - ((await p.data()) as Float32Array)[0]));
}

test("a group multiplies the rate of its parameters only, and the first match counts", async () => {
  assert.deepEqual(await moves([]), [0.25, 0.25, 0.25]);
  assert.deepEqual(await moves([{ parameters: /lora_B$/, learningRateFactor: 2 }]), [0.25, 0.5, 0.25]);
  const both = [
    { parameters: /lora/g, learningRateFactor: 2 },
    { parameters: /lora_B/, learningRateFactor: 4 },
  ];
  assert.deepEqual(await moves(both), [0.5, 0.5, 0.25]);
  assert.deepEqual(
    await moves([{ parameters: (p) => p.name === "h.norm", learningRateFactor: 0 }]),
    [0.25, 0.25, 0],
  );
});

test("a group's weight decay takes the place of the optimizer's, even for vectors", async () => {
  assert.deepEqual(await moves([{ parameters: /norm/, weightDecay: 0 }], 1), [0.5, 0.5, 0.25]);
  const vector = ones("bias", [4]);
  const [zero] = gradients([vector], 0);
  await new AdamW([vector], { learningRate: 0.1, weightDecay: 0.5 }).update([zero]);
  assert.deepEqual([...(await vector.data())], [1, 1, 1, 1]);
  const decaying = { learningRate: 0.1, groups: [{ parameters: [vector], weightDecay: 0.5 }] };
  await new AdamW([vector], decaying).update([zero]);
  assert.ok(Math.abs(Number((await vector.data())[0]) - 0.95) < 1e-6);
});

test("parameters of one group share their scalars, so a step feeds few", async () => {
  const parameters = ["a", "b", "c"].map((name) => ones(name));
  const optimizer = new SGD(parameters, {
    learningRate: 1,
    groups: [{ parameters: /c/, learningRateFactor: 2 }],
  });
  optimizer.advance();
  optimizer.assign(gradients(parameters, 1));
  const rates = new Set(parameters.map(({ node }) => node.inputs[2].node));
  assert.equal(rates.size, 2);
});

test("Muon orthogonalizes hidden matrices and leaves embeddings, heads and vectors to AdamW", () => {
  const state = (name: string, shape?: number[]): number =>
    new Muon([ones(name, shape)]).memory().bytesPerParameter;
  assert.equal(state("model.layers.0.mlp.up_proj.weight"), 4);
  for (const name of ["model.embed_tokens.weight", "transformer.wte.weight", "lm_head.weight", "head"])
    assert.equal(state(name), 8, name);
  assert.equal(state("norm", [4]), 8);
});

test("half-precision parameters, and states of one name, are refused", async () => {
  const half = new Variable(fromNumbers([1, 2], [2], "bfloat16"), "w");
  assert.match((await refused("E_DTYPE", () => new SGD([half]))).hint, /MasterWeights/);
  await refused("E_CONFIG", () => new AdamW([ones("w"), ones("w")]).state());
});
