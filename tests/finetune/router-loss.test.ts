import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  add,
  createModel,
  evaluate,
  grad,
  ids as idTensor,
  mean,
  ModelFineTuner,
  mul,
  SGD,
  sub,
  tensor,
  TrainStep,
  type LanguageModel,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { assertClose } from "../nn/golden.js";
import { refused } from "../refused.js";
import { copyRows, tinyModel } from "./tiny.js";

const MIXTRAL = {
  model_type: "mixtral",
  vocab_size: 40,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  num_local_experts: 4,
  num_experts_per_tok: 2,
  router_aux_loss_coef: 0.5,
};

const ROWS = [
  [3, 17, 5, 9, 2, 11],
  [8, 1, 30, 30, 7, 22],
];
const RATE = 0.1;

const make = (): LanguageModel => createModel(MIXTRAL, { seed: 4 });

/** A batch of rows, of whose predictions the first `count` of each row count. */
const batch = (rows: readonly (readonly number[])[], count = 5) => ({
  inputIds: Int32Array.from(rows.flatMap((row) => row.slice(0, -1))),
  targets: Int32Array.from(rows.flatMap((row) => row.slice(1))),
  weights: Float32Array.from(rows.flatMap((row) => row.slice(1).map((_, t) => (t < count ? 1 : 0)))),
  batchSize: rows.length,
  length: 5,
});

const inputs = (rows: readonly (readonly number[])[]) =>
  [rows.map((row) => row.slice(0, -1)), rows.map((row) => row.slice(1))].map(idTensor);

for (const factor of [0, 0.5]) {
  test(`a step descends mean(losses) + ${factor} · balanceLoss`, async () => {
    const [model, plain] = [make(), make()];
    const [parameters, own] = [[...model.parameters.values()], [...plain.parameters.values()]];
    const step = new TrainStep(model, parameters, new SGD(parameters, { momentum: 0 }), {
      clipNorm: Infinity,
      routerAuxLossCoef: factor,
    });
    const { loss, balanceLoss } = await step.run([batch(ROWS)], RATE);
    const { losses, balanceLoss: balance } = plain.routed(...(inputs(ROWS) as [never, never]));
    const gradients = grad(add(mean(losses), mul(balance, factor)), own);
    const want = own.map((parameter, i) => sub(parameter, mul(gradients[i], RATE)));
    await evaluate([...want, losses, balance]);
    assert.ok(Math.abs(loss - (await mean(losses).item())) < 1e-5);
    if (factor === 0) assert.equal(balanceLoss, undefined);
    else assert.ok(Math.abs(balanceLoss! - (await balance.item())) < 1e-5);
    for (const [i, parameter] of parameters.entries()) {
      const values = (await want[i].data()) as Float32Array;
      assertClose(parameter.name, (await parameter.data()) as Float32Array, values, 1e-5, 1e-7);
    }
  });
}

test("micro-batches add their balance losses by their share of the counted tokens", async () => {
  const [model, plain] = [make(), make()];
  const parameters = [...model.parameters.values()];
  const step = new TrainStep(model, parameters, new SGD(parameters, { momentum: 0 }), {
    clipNorm: Infinity,
    routerAuxLossCoef: 0.5,
  });
  const { balanceLoss } = await step.run([batch([ROWS[0]]), batch([ROWS[1]], 3)], RATE);
  const own = [...plain.parameters.values()];
  const parts = [5, 3].map((count, i) => {
    const { losses, balanceLoss: balance } = plain.routed(...(inputs([ROWS[i]]) as [never, never]));
    const counted = tensor(Float32Array.from({ length: 5 }, (_, t) => (t < count ? 1 / 8 : 0)));
    return { loss: mul(losses, counted).sum(), balance: mul(balance, count / 8) };
  });
  const objective = parts
    .map(({ loss, balance }) => add(loss, mul(balance, 0.5)))
    .reduce((a, b) => add(a, b));
  const gradients = grad(objective, own);
  assert.ok(Math.abs(balanceLoss! - (await add(parts[0].balance, parts[1].balance).item())) < 1e-5);
  const want = own.map((parameter, i) => sub(parameter, mul(gradients[i], RATE)));
  await evaluate(want);
  for (const [i, parameter] of parameters.entries()) {
    const values = (await want[i].data()) as Float32Array;
    assertClose(parameter.name, (await parameter.data()) as Float32Array, values, 1e-5, 1e-7);
  }
});

test("ModelFineTuner takes the factor from the config unless it is told another", async (t) => {
  const llama = tinyModel();
  const json = { ...llama.config.json, ...MIXTRAL, vocab_size: llama.config.vocabSize };
  const baseModel = createModel(json, { tokenizer: llama.tokenizer!, id: "mixtral" });
  const outputDir = join(await scratch(t), "run");
  const run = async (routerAuxLossCoef?: number) => {
    const tuner = new ModelFineTuner({ baseModel, trainingData: copyRows(16), outputDir });
    return (
      await tuner.run({ maxSteps: 3, ...(routerAuxLossCoef === undefined ? {} : { routerAuxLossCoef }) })
    ).history;
  };
  const [own, same, none] = [await run(), await run(0.5), await run(0)];
  assert.deepEqual(
    own.map(({ loss, balanceLoss }) => [loss, balanceLoss]),
    same.map(({ loss, balanceLoss }) => [loss, balanceLoss]),
  );
  assert.equal(own[0].loss, none[0].loss);
  assert.ok(own[0].balanceLoss! >= 1.9 && own[0].gradNorm !== none[0].gradNorm);
  assert.equal(none[0].balanceLoss, undefined);
  const dense = new ModelFineTuner({ baseModel: llama, trainingData: copyRows(16), outputDir });
  const error = await refused("E_CONFIG", () => dense.plan({ routerAuxLossCoef: 0.1 }));
  assert.match(error.sentence, /no experts/);
});
