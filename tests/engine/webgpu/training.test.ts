import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  AdamW,
  compile,
  createModel,
  crossEntropy,
  Decoder,
  fromArray,
  grad,
  hostArray,
  ids,
  ModelFineTuner,
  OnnxEngine,
  QUANT_METHODS,
  quantMatmul,
  Random,
  reshape,
  useEngine,
  Variable,
  WebGpuEngine,
  zerosArray,
  type Engine,
  type Tensor,
} from "gradlab";
import { copyRows, tinyModel } from "../../finetune/tiny.js";
import { DRIVER, NEEDS_ADAPTER } from "./adapter.js";

const gpu = new WebGpuEngine({ driver: DRIVER });
after(() => useEngine(new OnnxEngine()));

/** Equal up to a part of the largest value. */
function close(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  const largest = Math.max(...Array.from(want, Math.abs));
  assert.equal(got.length, want.length);
  Array.from(got).forEach((value, i) =>
    assert.ok(Math.abs(value - want[i]) <= tolerance * largest, `[${i}] ${value}, CPU: ${want[i]}`),
  );
}

const llama = {
  model_type: "llama",
  vocab_size: 61,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 16,
};

/** Losses of a small transformer's first steps, and what `observe` sees after each of them. */
async function train<T>(engine: Engine, steps: number, observe: (parameters: readonly Variable[]) => T) {
  useEngine(engine);
  const model = createModel(llama, { seed: 3 });
  const parameters = [...model.parameters.values()];
  const optimizer = new AdamW(parameters, { learningRate: 1e-2 });
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), reshape(y, [-1]));
    optimizer.assign(grad(loss, parameters));
    return loss;
  });
  const random = new Random(1);
  const losses: number[] = [];
  const seen: T[] = [];
  for (let i = 0; i < steps; i++) {
    const rows = Array.from({ length: 2 }, () => Array.from({ length: 8 }, () => random.integer(61)));
    optimizer.advance();
    losses.push(await (await step(ids(rows), ids(rows))).item());
    seen.push(observe(parameters));
  }
  return { losses, seen, parameters };
}

test("a transformer learns on the GPU as on the CPU, and stays there", NEEDS_ADAPTER, async () => {
  const onGpu = await train(gpu, 20, (parameters) => ({
    devices: new Set(parameters.map(({ storage }) => storage!.device)),
    ...gpu.traffic(),
    live: gpu.memory().liveBytes,
  }));
  const first = onGpu.parameters[0];
  const trained = await first.data();
  const onCpu = await train(new OnnxEngine(), 20, () => undefined);
  close(onGpu.losses, onCpu.losses, 2e-5);
  assert.ok(onCpu.losses[19] < onCpu.losses[0]);
  close(trained as Float32Array, (await onCpu.parameters[0].data()) as Float32Array, 1e-4);
  onGpu.seen.forEach(({ devices }) => assert.deepEqual([...devices], ["webgpu"]));
  // From the second step on only the batch, the tables and AdamW's scalars go there; only the loss comes back.
  for (let i = 1; i < 20; i++) {
    const [before, now] = [onGpu.seen[i - 1], onGpu.seen[i]];
    assert.equal(now.downloadedBytes - before.downloadedBytes, 4);
    assert.ok(now.uploadedBytes - before.uploadedBytes < 2048, `${now.uploadedBytes - before.uploadedBytes}`);
    assert.equal(now.live, before.live);
  }
});

test("two hundred updates take no more memory than ten", NEEDS_ADAPTER, async () => {
  useEngine(gpu);
  const size = 2 ** 18;
  const weights = new Variable(zerosArray([size]), "weights");
  const step = compile(() => {
    weights.assign(weights.mul(0.5).add(1));
    return weights.mean();
  });
  let mean = NaN;
  const seen: { resident: number; live: number }[] = [];
  for (let i = 0; i < 200; i++) {
    mean = await (await step()).item();
    if (i === 9 || i === 199)
      seen.push({ resident: process.memoryUsage.rss(), live: gpu.memory().liveBytes });
  }
  assert.ok(Math.abs(mean - 2) < 1e-6);
  assert.equal(seen[1].live, seen[0].live);
  // 190 values of a mebibyte would be 190 MiB.
  const growth = seen[1].resident - seen[0].resident;
  assert.ok(growth < 32 * 2 ** 20, `${growth} bytes more after 190 updates of ${4 * size} bytes`);
});

test("a LoRA fine-tuning gives the CPU's losses", NEEDS_ADAPTER, async () => {
  const root = await mkdtemp(join(tmpdir(), "gradlab-webgpu-"));
  const tune = async (engine: Engine): Promise<number[]> => {
    useEngine(engine);
    const tuner = new ModelFineTuner({
      baseModel: tinyModel(),
      trainingData: copyRows(16),
      outputDir: join(root, engine.name),
      adapterType: "lora",
      adapter: { r: 4 },
    });
    const result = await tuner.run({ maxSteps: 3, batchSize: 8, learningRate: 1e-2 });
    return result.history.map(({ loss }) => loss);
  };
  try {
    close(await tune(gpu), await tune(new OnnxEngine()), 1e-4);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test("a decoder gives the CPU's logits, chunk by chunk", NEEDS_ADAPTER, async () => {
  const decode = async (engine: Engine): Promise<number[]> => {
    useEngine(engine);
    const decoder = new Decoder(createModel(llama, { seed: 3 }), { capacity: 8 });
    const chunk = await decoder.step(Int32Array.of(5, 9, 2), Int32Array.of(0));
    const next = await decoder.step(Int32Array.of(7), Int32Array.of(3));
    const before = gpu.traffic();
    const last = await decoder.step(Int32Array.of(1), Int32Array.of(4));
    const now = gpu.traffic();
    if (engine === gpu) {
      // Ids, positions and lengths go there, logits come back: the caches stay.
      assert.equal(now.uploadedBytes - before.uploadedBytes, 12);
      assert.equal(now.downloadedBytes - before.downloadedBytes, 4 * llama.vocab_size);
    }
    return [...chunk, ...next, ...last];
  };
  close(await decode(gpu), await decode(new OnnxEngine()), 1e-4);
});

test("products with frozen integer weights and their gradients are the CPU's", NEEDS_ADAPTER, async () => {
  const [rows, columns, block] = [48, 64, 32];
  const random = new Random(3);
  const data = Float32Array.from({ length: rows * columns }, () => random.normal());
  for (const { linear } of Object.values(QUANT_METHODS)) {
    const { packed, scales } = linear.fit({ name: "w", data, rows, columns }, block);
    const learn = async (engine: Engine): Promise<ArrayLike<number>> => {
      useEngine(engine);
      const blocks = [rows, columns / block];
      const weights = new Variable(hostArray(packed, [...blocks, (block * linear.bits) / 8]), "w", false);
      const x = new Variable(hostArray(data.slice(0, 32 * columns), [32, columns]), "x");
      const attributes = { bits: linear.bits, block, accuracyLevel: 0 };
      const y = quantMatmul(x, weights, fromArray(hostArray(scales, blocks)), attributes);
      const [gradient] = grad(y.mul(y).sum(), [x]);
      const values = (await gradient.data()) as Float32Array;
      assert.equal(weights.storage!.device, engine.device);
      return values;
    };
    close(await learn(gpu), await learn(new OnnxEngine()), 1e-5);
  }
});
