import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  createModel,
  Decoder,
  loadModel,
  ModelFineTuner,
  perplexityOf,
  saveModel,
  documentLikelihoods,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { copyRows, tinyModel } from "../finetune/tiny.js";
import { assertClose } from "../nn/golden.js";

const TINY = { model_type: "mamba", vocab_size: 40, hidden_size: 16, num_hidden_layers: 2, state_size: 4 };

test("a published Mamba's fields are understood, old names too", () => {
  const { config, parameters } = createModel({
    architectures: ["MambaForCausalLM"],
    bos_token_id: 0,
    conv_kernel: 4,
    d_inner: 32,
    d_model: 16,
    eos_token_id: 0,
    expand: 2,
    fused_add_norm: true,
    hidden_act: "silu",
    hidden_size: 16,
    initializer_range: 0.1,
    intermediate_size: 32,
    layer_norm_epsilon: 1e-5,
    model_type: "mamba",
    n_layer: 1,
    num_hidden_layers: 1,
    pad_token_id: 0,
    pad_vocab_size_multiple: 8,
    rescale_prenorm_residual: false,
    residual_in_fp32: true,
    rms_norm: true,
    ssm_cfg: {},
    state_size: 16,
    time_step_floor: 1e-4,
    time_step_init_scheme: "random",
    time_step_max: 0.1,
    time_step_min: 0.001,
    time_step_rank: 1,
    time_step_scale: 1.0,
    torch_dtype: "float32",
    use_bias: false,
    use_cache: true,
    use_conv_bias: true,
    vocab_size: 40,
  });
  assert.equal(config.maxPositions, Infinity);
  assert.deepEqual(parameters.get("backbone.layers.0.mixer.x_proj.weight")!.shape, [33, 32]);
  assert.ok(!parameters.has("lm_head.weight") && !parameters.has("backbone.layers.0.mixer.in_proj.bias"));
  assert.throws(() => createModel({ ...TINY, mamba_rms_norm: true }), { code: "E_UNSUPPORTED_ARCH" });
});

test("fresh rates count up and steps lie between their bounds", async () => {
  const model = createModel({ ...TINY, time_step_min: 0.01, time_step_max: 0.02 });
  const rates = await model.parameters.get("backbone.layers.1.mixer.A_log")!.exp().data();
  assertClose("A", rates.slice(0, 8) as Float32Array, [1, 2, 3, 4, 1, 2, 3, 4], 1e-6);
  const bias = (await model.parameters.get("backbone.layers.0.mixer.dt_proj.bias")!.data()) as Float32Array;
  for (const b of bias) {
    const step = Math.log1p(Math.exp(b));
    assert.ok(step > 0.0099 && step < 0.0201, `softplus(${b}) = ${step}`);
  }
});

test("memory does not grow with the text, nor does a text end", async () => {
  const model = createModel(TINY);
  const decoder = new Decoder(model);
  assert.deepEqual([decoder.capacity, decoder.rewinds], [Infinity, false]);
  // Two layers: 3 inputs of the convolution and 4 numbers of the state for each of 32 channels.
  assert.equal(decoder.cacheBytes, 4 * 2 * (3 + 4) * 32);
  const ids = Int32Array.from({ length: 3000 }, (_, i) => (i * i) % 40);
  await decoder.step(ids, Int32Array.of(0));
  const logits = await decoder.step(Int32Array.of(7), Int32Array.of(3000));
  const whole = (await model.forward([[...ids, 7]]).data()) as Float32Array;
  assertClose("logits", logits, whole.subarray(3000 * 40), 1e-5);
  const { ids: written, finishReason } = await model.generate([1, 2], { maxNewTokens: 5, temperature: 0 });
  assert.deepEqual([written.length, finishReason], [5, "length"]);
});

test("long documents are read in overlapping windows", async () => {
  const model = createModel(TINY);
  const ids = Int32Array.from({ length: 2500 }, (_, i) => (i * 7) % 40);
  const document = { ids, lossMask: new Uint8Array(2500).fill(1) };
  const [likelihood] = await documentLikelihoods(model, [document]);
  assert.equal(likelihood.tokens, 2499);
  const { value } = perplexityOf([likelihood]);
  assert.ok(value > 30 && value < 50, `a fresh model guesses among 40: ${value}`);
});

test("LoRA on Mamba learns, reaches what PEFT allows, and merges; a full fine-tune reloads with equal logits", async (t) => {
  const { tokenizer } = tinyModel();
  const json = { ...TINY, vocab_size: tokenizer!.vocabSize, hidden_size: 32, eos_token_id: tokenizer!.eosId };
  const baseModel = createModel(json, { tokenizer: tokenizer!, id: "mamba" });
  const at = await scratch(t);
  const lora = await new ModelFineTuner({
    baseModel,
    trainingData: copyRows(64),
    evalData: copyRows(16, 2),
    outputDir: join(at, "lora"),
  }).run({ epochs: 6, batchSize: 16, learningRate: 1e-2 });
  assert.ok(lora.evals.at(-1)!.loss < lora.evals[0].loss - 0.2);
  const written = await readFile(join(lora.adapter.path, "adapter_config.json"), "utf8");
  const { target_modules: targets } = JSON.parse(written) as { target_modules: string[] };
  assert.deepEqual(targets.toSorted(), ["dt_proj", "in_proj", "x_proj"]);
  const ids = [[...tokenizer!.encode("say red :")]];
  const merged = (await (await lora.merge()).forward(ids).data()) as Float32Array;
  assertClose("merged", merged, (await lora.model.forward(ids).data()) as Float32Array, 1e-4);
  const full = await new ModelFineTuner({
    baseModel,
    adapterType: "full",
    trainingData: copyRows(32),
    outputDir: join(at, "full"),
  }).run({ maxSteps: 4, batchSize: 8 });
  const again = await loadModel(full.adapter.path);
  assert.deepEqual(await again.forward(ids).data(), await full.model.forward(ids).data());
  await saveModel(again, join(at, "saved"));
});
