import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createClip, ids, loadClip, loadModel, saveModel, zeros, type ClipModel } from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { integers, leaf, readGolden } from "../nn/golden.js";
import { assertGolden, fill, type GoldenPretrained } from "./pretrained.js";

const golden = readGolden<GoldenPretrained>("clip.json").clip;
const texts = { ids: integers(golden.inputs.ids), mask: integers(golden.inputs.mask) };
const images = leaf(golden.inputs.images);
const build = (): ClipModel => fill(createClip(golden.config), golden.weights);

test("CLIP: vectors, logits, contrastive loss and every gradient equal PyTorch's", async () => {
  const model = build();
  assert.equal(Object.keys(golden.grads).length, model.parameters.size);
  await assertGolden(model, { ...model.forward(texts, images), loss: model.loss(texts, images) }, golden);
});

test("an end token that the config names gives the same vector as the highest id; padding changes nothing", async () => {
  const vector = async (model: ClipModel, row: number[], mask?: number[]): Promise<number[]> =>
    [...(await model.embedTexts({ ids: [row], ...(mask ? { mask: [mask] } : {}) }).data())].map(Number);
  const text = golden.config.text_config as object;
  const named = createClip({ ...golden.config, text_config: { ...text, eos_token_id: 18 } });
  fill(named, golden.weights);
  const wanted = await vector(build(), [3, 9, 4, 18]);
  for (const model of [build(), named]) {
    for (const filler of [18, 1]) {
      const row = [3, 9, 4, 18, filler, filler];
      for (const mask of [undefined, [1, 1, 1, 1, 0, 0]]) {
        (await vector(model, row, mask)).forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 2e-6));
      }
    }
  }
});

test("saved and loaded again it is the same, and loadModel names its loader", async (t) => {
  const model = createClip(golden.config, { seed: 9 });
  assert.equal(Math.fround(await model.network.logitScale.item()), Math.fround(2.6592));
  const saved = await saveModel(model, join(await scratch(t), "clip"));
  const loaded = await loadClip(saved);
  assert.deepEqual(
    await loaded.forward(texts, images).logitsPerImage.data(),
    await model.forward(texts, images).logitsPerImage.data(),
  );
  await assert.rejects(loadModel(saved), { code: "E_UNSUPPORTED_ARCH", message: /loadClip\(folder\)/ });
});

test("what is not built, and what does not fit, is refused", () => {
  const text = golden.config.text_config as object;
  assert.throws(() => createClip({ ...golden.config, text_config: { ...text, hidden_act: "mish" } }), {
    code: "E_UNSUPPORTED_ARCH",
    message: /"hidden_act": "mish"[^]*text_config/,
  });
  assert.throws(() => createClip({ ...golden.config, vision_config: { use_rope: true } }), {
    code: "E_UNSUPPORTED_ARCH",
    message: /"use_rope": true[^]*vision_config/,
  });
  const model = build();
  assert.throws(() => model.forward([Array<number>(10).fill(1)], images), {
    code: "E_SHAPE",
    message: /10 tokens are more than the 9 positions/,
  });
  assert.throws(() => model.forward([[1]], zeros([1, 3, 5, 6])), {
    code: "E_SHAPE",
    message: /float32\[1, 3, 5, 6\].*float32\[B, 3, 6, 6\]/,
  });
  assert.throws(() => model.loss(ids([[1], [2]]), images), {
    code: "E_SHAPE",
    message: /2 texts and 3 images float32\[3, 3, 6, 6\] make no pairs/,
  });
});
