import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  createModel,
  exportModel,
  forwardWithStates,
  ids as idTensor,
  statesOf,
  zeros,
  type LanguageModel,
  type Tensor,
} from "gradlab";
import * as ort from "onnxruntime-node";
import { scratch } from "../artifacts/scratch.js";
import { refused } from "../refused.js";
import { farthest, int64, openFolder } from "./plain.js";

const MAMBA = { model_type: "mamba", vocab_size: 40, hidden_size: 16, num_hidden_layers: 2, state_size: 4 };
const PROMPT = [3, 17, 5, 9, 2, 11];

const make = (): LanguageModel => createModel(MAMBA, { seed: 8 });

const logitsOf = async (model: LanguageModel, rows: readonly (readonly number[])[]): Promise<Float32Array> =>
  (await model.forward(rows).data()) as Float32Array;

for (const contrib of [true, false]) {
  test(`plain ONNX Runtime gives Mamba's logits for every batch and length, contrib ${contrib}`, async (t) => {
    const model = make();
    const folder = join(await scratch(t), "out");
    await exportModel(model, folder, { form: "forward", contrib });
    const { session } = await openFolder(folder);
    for (const rows of [[[4]], [PROMPT, PROMPT.toReversed()]]) {
      const { logits } = await session.run({ input_ids: int64(rows) });
      assert.ok(farthest(logits, await logitsOf(model, rows)) < 1e-5);
    }
  });
}

test("an exported decoder hands on states: a prompt in pieces, then token by token, as the whole text", async (t) => {
  const model = make();
  const folder = join(await scratch(t), "out");
  const { models } = await exportModel(model, folder);
  assert.deepEqual(
    models["onnx/model.onnx"].inputs.map(({ name, shape }) => [name, ...shape].join()),
    [
      "input_ids,batch_size,sequence_length",
      ...[0, 1].flatMap((i) => [`past_conv.${i},batch_size,3,32`, `past_ssm.${i},batch_size,32,4`]),
    ],
  );
  const { session } = await openFolder(folder);
  let past: Record<string, ort.Tensor> = Object.fromEntries(
    statesOf(model).map(({ name, shape }) => {
      const size = shape.reduce((product, dim) => product * dim, 2);
      return [`past_${name}`, new ort.Tensor("float32", new Float32Array(size), [2, ...shape])];
    }),
  );
  const rows = [PROMPT, PROMPT.toReversed()];
  for (const [from, to] of [
    [0, 2],
    [2, 3],
    [3, 6],
  ]) {
    const out = await session.run({ input_ids: int64(rows.map((row) => row.slice(from, to))), ...past });
    const whole = await logitsOf(
      model,
      rows.map((row) => row.slice(0, to)),
    );
    const want = [0, 1].flatMap((row) => [...whole.subarray((row * to + from) * 40, (row + 1) * to * 40)]);
    assert.ok(farthest(out.logits, want) < 1e-5);
    past = Object.fromEntries(
      Object.entries(out)
        .filter(([name]) => name.startsWith("present_"))
        .map(([name, value]) => [name.replace("present", "past"), value]),
    );
  }
});

test("states that do not fit, and a model that attends, are refused by name", async () => {
  const model = make();
  const ids = idTensor([[1, 2]]);
  const states = (batch: number): Tensor[] => statesOf(model).map(({ shape }) => zeros([batch, ...shape]));
  const { logits } = forwardWithStates(model, { ids, states: states(1), logits: "last" });
  assert.deepEqual(logits.shape, [1, 1, 40]);
  const wrong = await refused("E_SHAPE", () => forwardWithStates(model, { ids, states: states(2) }));
  assert.match(wrong.sentence, /state 0 is \[1, 3, 32\]/);
  await refused("E_SHAPE", () => forwardWithStates(model, { ids, states: [] }));
  const gpt = createModel({ model_type: "gpt2", vocab_size: 40, n_embd: 8, n_layer: 1, n_head: 1 });
  await refused("E_CONFIG", () => statesOf(gpt));
});
