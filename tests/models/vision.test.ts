import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  AdamW,
  compile,
  createVision,
  full,
  grad,
  loadEncoder,
  loadVision,
  Random,
  saveModel,
  tensor,
  zeros,
  type Tensor,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { integers, leaf, readGolden } from "../nn/golden.js";
import { assertGolden, fill, type GoldenPretrained } from "./pretrained.js";

const cases = readGolden<GoldenPretrained>("vit.json");
const { none: bare, "image-classification": headed } = cases;
const images = leaf(bare.inputs.images);

test("ViT: hidden states and the pooled output equal PyTorch's", async () => {
  const model = fill(createVision(bare.config), bare.weights);
  const { hidden, pooled } = model.forward(images);
  await assertGolden(model, { hidden, pooled: pooled! }, bare);
});

test("ViT for images: logits, loss and every gradient equal PyTorch's", async () => {
  const model = createVision(bare.config, { head: "image-classification", labels: 3 });
  const body = Object.entries(bare.weights).filter(([name]) => !name.includes("pooler"));
  fill(model, { ...Object.fromEntries(body), ...headed.weights });
  const loss = model.loss(images, integers(headed.inputs.targets));
  assert.equal(Object.keys(headed.grads).length, model.parameters.size);
  await assertGolden(model, { logits: model.forward(images).logits!, loss }, headed);
});

test("saved and loaded again it is the same; a new head starts afresh; pixels are normalized as its file says", async (t) => {
  const folder = await scratch(t);
  const model = createVision(bare.config, { seed: 4 });
  const saved = await saveModel(model, join(folder, "vit"));
  await writeFile(
    join(saved, "preprocessor_config.json"),
    JSON.stringify({ image_mean: [0, 0.5, 1], image_std: [1, 0.5, 2], rescale_factor: 0.1 }),
  );
  const loaded = await loadVision(saved);
  assert.deepEqual(await loaded.forward(images).hidden.data(), await model.forward(images).hidden.data());
  const pixels = [...(await loaded.normalize(full([1, 3, 1, 1], 10)).data())].map(Number);
  assert.deepEqual(pixels, [1, 1, 0]);
  assert.deepEqual([...(await model.normalize(full([1, 3, 1, 1], 255)).data())].map(Number), [1, 1, 1]);
  const classifier = await loadVision(saved, { head: "image-classification", labels: ["cat", "dog"] });
  assert.deepEqual(classifier.initialized, ["classifier.weight", "classifier.bias"]);
  assert.deepEqual(classifier.unused, ["vit.pooler.dense.bias", "vit.pooler.dense.weight"]);
  const again = await loadVision(await saveModel(classifier, join(folder, "again")));
  assert.deepEqual([again.labels, again.config.head], [["cat", "dog"], "image-classification"]);
  assert.ok(again.files.has("preprocessor_config.json"));
  await assert.rejects(loadEncoder(saved), { code: "E_UNSUPPORTED_ARCH", message: /loadVision\(folder\)/ });
});

test("what is not built, and what does not fit, is refused", () => {
  const refused: readonly [object, string, RegExp][] = [
    [{ hidden_act: "mish" }, "E_UNSUPPORTED_ARCH", /"hidden_act": "mish"/],
    [{ use_mask_token: true }, "E_UNSUPPORTED_ARCH", /"use_mask_token": true/],
    [{ pooler_act: "relu" }, "E_UNSUPPORTED_ARCH", /"pooler_act": "relu"/],
    [{ architectures: ["ViTForMaskedImageModeling"] }, "E_UNSUPPORTED_ARCH", /ViTForMaskedImageModeling/],
    [{ model_type: "swin" }, "E_UNSUPPORTED_ARCH", /loadVision does not read model_type "swin"/],
    [{ patch_size: 4 }, "E_FILE_FORMAT", /Patches of 4 do not fill images of 6/],
    [{ num_attention_heads: 5 }, "E_FILE_FORMAT", /5 heads do not divide the width 12/],
  ];
  for (const [fields, code, message] of refused) {
    assert.throws(() => createVision({ ...bare.config, ...fields }), { code, message });
  }
  const model = createVision(bare.config);
  assert.throws(() => model.forward(zeros([1, 3, 8, 8])), {
    code: "E_SHAPE",
    message: /float32\[1, 3, 8, 8\].*float32\[B, 3, 6, 6\]/,
  });
  assert.throws(() => model.normalize(zeros([1, 2, 6, 6])), {
    code: "E_SHAPE",
    message: /3 means.*float32\[1, 2, 6, 6\]/,
  });
  assert.throws(() => model.loss(zeros([1, 3, 6, 6]), tensor([0], { dtype: "int32" })), { code: "E_CONFIG" });
});

test("it learns which half of an image is brighter", async () => {
  const model = createVision(bare.config, { head: "image-classification", labels: ["left", "right"] });
  const parameters = [...model.parameters.values()];
  const optimizer = new AdamW(parameters, { learningRate: 5e-3 });
  const random = new Random(2);
  const classes = Array.from({ length: 16 }, () => random.integer(2));
  const pixels = Float32Array.from({ length: 16 * 3 * 36 }, (_, i) => {
    const right = i % 6 >= 3 ? 1 : 0;
    return random.normal() + (right === classes[Math.floor(i / 108)] ? 1 : 0);
  });
  const step = compile((batch: Tensor, wanted: Tensor) => {
    const loss = model.loss(batch, wanted);
    optimizer.assign(grad(loss, parameters));
    return loss;
  });
  const losses: number[] = [];
  for (let i = 0; i < 40; i++) {
    optimizer.advance();
    const batch = tensor(pixels, { shape: [16, 3, 6, 6] });
    losses.push(await (await step(batch, tensor(classes, { dtype: "int32" }))).item());
  }
  assert.ok(losses[0] > 0.5 && losses.at(-1)! < 0.1, `${losses[0]} → ${losses.at(-1)}`);
});
