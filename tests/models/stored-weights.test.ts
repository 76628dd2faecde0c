import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  compile,
  createModel,
  Decoder,
  grad,
  loadModel,
  mul,
  OnnxEngine,
  readSafetensors,
  saveModel,
  sub,
  sum,
  tensor,
  useEngine,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { assertClose } from "../nn/golden.js";

const LLAMA = {
  model_type: "llama",
  vocab_size: 61,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  max_position_embeddings: 32,
};

const IDS = [[1, 5, 9, 2, 8, 7]];

for (const dtype of ["bfloat16", "float16"] as const) {
  test(`${dtype} matrices stay in their type, compute what their widened values do, and are saved as they were`, async (t) => {
    const base = await scratch(t);
    const folder = await saveModel(createModel(LLAMA), join(base, "half"), { dtype });
    const wide = await loadModel(folder);
    const stored = await loadModel(folder, { dtype: "stored" });
    for (const [name, parameter] of stored.parameters) {
      assert.equal(parameter.dtype, parameter.rank > 1 ? dtype : "float32", name);
      assert.equal(wide.parameters.get(name)!.dtype, "float32");
    }
    assertClose(
      "logits",
      (await stored.forward(IDS).data()) as Float32Array,
      (await wide.forward(IDS).data()) as Float32Array,
      1e-6,
    );
    const tokens = await wide.generate(IDS[0], { maxNewTokens: 8 });
    assert.deepEqual((await stored.generate(IDS[0], { maxNewTokens: 8 })).ids, tokens.ids);
    const again = await saveModel(stored, join(base, "again"));
    const [before, after] = await Promise.all(
      [folder, again].map((at) => readSafetensors(join(at, "model.safetensors"))),
    );
    assert.deepEqual(after, before);
  });
}

test("without rearranged weights a decoder gives the same logits but for rounding", async (t) => {
  const model = createModel(LLAMA);
  const step = (): Promise<Float32Array> =>
    new Decoder(model).step(Int32Array.from(IDS[0]), Int32Array.of(0));
  const packed = await step();
  useEngine(new OnnxEngine({ prepack: false }));
  t.after(() => useEngine(new OnnxEngine()));
  assertClose("logits", await step(), packed, 1e-5);
});

test("a decoder keeps the weights it was made with, while training writes over the model's", async () => {
  const model = createModel(LLAMA);
  const decoder = new Decoder(model);
  const logits = (): Promise<Float32Array> => decoder.step(Int32Array.from(IDS[0]), Int32Array.of(0));
  const before = await logits();
  const parameters = [...model.parameters.values()];
  const update = compile((rate) => {
    const loss = sum(model.forward(IDS));
    grad(loss, parameters).forEach((g, i) => parameters[i].assign(sub(parameters[i], mul(g, rate))));
    return loss;
  });
  for (let i = 0; i < 2; i++) await update(tensor(0.1));
  const trained = (await model.forward(IDS).data()) as Float32Array;
  assert.deepEqual(await logits(), before);
  const last = trained.subarray(-61);
  assert.ok(last.some((value, i) => Math.abs(value - before[i]) > 1e-3));
});
