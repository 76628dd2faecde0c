import assert from "node:assert/strict";
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  createModel,
  Decoder,
  documentLikelihoods,
  loadModel,
  Quantizer,
  saveModel,
  type LanguageModel,
  type QuantMethod,
} from "gradlab";
import { pause } from "../paused.js";
import {
  distance,
  GPT2,
  LLAMA,
  rejects,
  SENTENCES,
  SHIPPED,
  tinyModel,
  tokenizer,
  withFolder,
} from "./tiny.js";

const ROWS = SENTENCES.map((text) => ({ text }));
const IDS = [tokenizer.encode(SENTENCES[0]).slice(0, 8), tokenizer.encode(SENTENCES[1]).slice(0, 8)].map(
  (row) => [...row],
);

const logitsOf = async (model: LanguageModel): Promise<Float32Array> =>
  (await model.forward(IDS).data()) as Float32Array;

/** Logits after the first row, by the decoder. */
const stepOf = (model: LanguageModel): Promise<Float32Array> =>
  new Decoder(model).step(Int32Array.from(IDS[0]), Int32Array.of(0));

for (const [family, config] of [
  ["llama", LLAMA],
  ["llama without a tied head", { ...LLAMA, tie_word_embeddings: false }],
  ["gpt2", GPT2],
] as const) {
  for (const method of ["dynamic_int8", "int4_weight_only"] as const) {
    test(`${method} of ${family}: the blocks compute what the dequantized weights compute`, async () => {
      const original = await tinyModel(config);
      const before = (await logitsOf(original)).slice();
      const quantized = await new Quantizer({ modelPath: original, method }).apply();
      const dense = await quantized.dequantize();
      const want = await logitsOf(dense);
      assert.ok(distance(await logitsOf(quantized), want) < 1e-5);
      // The integer kernels also round activations to eight bits.
      assert.ok(distance(await stepOf(quantized), await stepOf(dense)) < 0.04);
      assert.ok(distance(await stepOf(dense), want.slice(7 * 300, 8 * 300)) < 1e-5);
      assert.ok(
        want.some((x, i) => x !== before[i]),
        "quantization changes something",
      );
      assert.deepEqual(await logitsOf(original), before, "the original is left alone");
      assert.equal(quantized.report.kept.length, 0);
      assert.equal(quantized.paramCount, original.paramCount);
      const least = Math.min(...quantized.report.layers.map(({ sqnrDb }) => sqnrDb));
      assert.ok(least > (method === "dynamic_int8" ? 44 : 20), `${least} dB`);
    });

    test(`${method} of ${family}: a saved folder loads to identical outputs`, async () => {
      await withFolder(async (folder) => {
        const outputPath = join(folder, "q");
        const quantized = await new Quantizer({
          modelPath: await tinyModel(config),
          method,
          outputPath,
        }).apply();
        const loaded = await loadModel(outputPath);
        assert.deepEqual(await logitsOf(loaded), await logitsOf(quantized));
        const options = { maxNewTokens: 12 };
        assert.deepEqual(
          (await loaded.generate("the cat", options)).ids,
          (await quantized.generate("the cat", options)).ids,
        );
        assert.equal(loaded.tokenizer?.vocabSize, tokenizer.vocabSize);
        await saveModel(loaded, join(folder, "again"));
        const bytes = (name: string): Promise<Buffer> => readFile(join(folder, name, "model.safetensors"));
        assert.deepEqual(
          await bytes("again"),
          await bytes("q"),
          "saving what was loaded gives the same file",
        );
        await rejects(
          new Quantizer({ modelPath: outputPath }).apply(),
          "E_ALREADY_QUANTIZED",
          /in blocks already/,
        );
        await rejects(
          new Quantizer({ modelPath: quantized }).plan(),
          "E_ALREADY_QUANTIZED",
          /in blocks already/,
        );
      });
    });
  }
}

test("the file of the shipped shape shrinks at least 3.5 times, as plan and report say", async () => {
  await withFolder(async (folder) => {
    const original = createModel(SHIPPED);
    const quantizer = new Quantizer({ modelPath: original, outputPath: join(folder, "q") });
    const plan = await quantizer.plan();
    assert.deepEqual(await readdir(folder), []);
    const { report } = await quantizer.apply();
    await saveModel(original, join(folder, "full"));
    const size = async (name: string): Promise<number> =>
      (await stat(join(folder, name, "model.safetensors"))).size;
    const [full, small] = [await size("full"), await size("q")];
    assert.ok(full / small >= 3.5, `${full} / ${small}`);
    assert.equal(plan.bytesAfter, report.bytes.after);
    assert.equal(report.bytes.before, 4 * original.paramCount);
    for (const [bytes, file] of [
      [report.bytes.before, full],
      [report.bytes.after, small],
    ]) {
      assert.ok(file >= bytes && file - bytes < 20_000, `${bytes} of weights in a file of ${file}`);
    }
    console.log(
      `file ${full} → ${small} bytes: ${(full / small).toFixed(3)}×; decode p50 ${report.latencyMs.before.p50.toFixed(3)} → ${report.latencyMs.after.p50.toFixed(3)} ms`,
    );
  });
});

test("quality is measured on the data: perplexities are those of the two models", async () => {
  const original = await tinyModel();
  const quantized = await new Quantizer({
    modelPath: original,
    calibrationData: ROWS,
    method: "int4_weight_only",
  }).apply();
  const { perplexity, meanKL, top1Agreement, tokens } = quantized.report.quality;
  const documents = SENTENCES.map((text) => {
    const ids = Int32Array.of(...tokenizer.encode(text), tokenizer.eosId!);
    return { ids, lossMask: new Uint8Array(ids.length).fill(1) };
  });
  for (const [model, score] of [
    [original, perplexity!.before],
    [quantized, perplexity!.after],
  ] as const) {
    const sums = await documentLikelihoods(model, documents);
    const total = (part: "nats" | "tokens"): number =>
      sums.reduce((sum, document) => sum + document[part], 0);
    assert.ok(Math.abs(score.value / Math.exp(total("nats") / total("tokens")) - 1) < 1e-9);
    assert.equal(score.n, SENTENCES.length);
    assert.ok(score.ci95[0] < score.value && score.value < score.ci95[1]);
    assert.equal(tokens, total("tokens"));
  }
  assert.ok(
    Math.abs(perplexity!.deltaPct - 100 * (perplexity!.after.value / perplexity!.before.value - 1)) < 1e-9,
  );
  assert.ok(perplexity!.deltaPct !== 0);
  assert.ok(top1Agreement! > 0.5 && top1Agreement! <= 1);
  const divergence = await klOf(original, await quantized.dequantize(), documents);
  assert.ok(Math.abs(meanKL! - divergence) < 0.2 * divergence + 1e-4, `${meanKL} ${divergence}`);
});

/** The definition, in plain loops over forward()'s logits. */
async function klOf(
  a: LanguageModel,
  b: LanguageModel,
  documents: readonly { ids: Int32Array }[],
): Promise<number> {
  let [sum, count] = [0, 0];
  for (const { ids } of documents) {
    const rows = await Promise.all(
      [a, b].map(
        async (model) => (await model.forward([Array.from(ids.subarray(0, -1))]).data()) as Float32Array,
      ),
    );
    const [p, q] = rows.map((data) => logSoftmax(data, a.config.vocabSize));
    p.forEach((lp, i) => (sum += Math.exp(lp) * (lp - q[i])));
    count += ids.length - 1;
  }
  return sum / count;
}

function logSoftmax(logits: Float32Array, width: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += width) {
    const row = logits.subarray(at, at + width);
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
    row.forEach((x, i) => (out[at + i] = x - Math.log(total)));
  }
  return out;
}

test("eight bits come closer to the original than four", async () => {
  const original = await tinyModel();
  const run = async (method: QuantMethod): Promise<number> =>
    (await new Quantizer({ modelPath: original, method, calibrationData: ROWS }).apply()).report.quality
      .meanKL!;
  const [eight, four] = [await run("dynamic_int8"), await run("int4_weight_only")];
  assert.ok(eight < four / 5 && eight < 0.01, `${eight} ${four}`);
  console.log(
    `mean KL of a tiny random model: int8 ${eight.toExponential(2)}, int4 ${four.toExponential(2)}`,
  );
});

test("without data no quality is measured, and the report says so", async () => {
  const job = new Quantizer({ modelPath: await tinyModel() }).apply();
  const types: string[] = [];
  for await (const event of job) types.push(event.type);
  const { report, ...model } = await job;
  assert.deepEqual(report.quality, { notMeasured: "no calibrationData was given." });
  assert.equal(types[0], "load");
  assert.equal(types.filter((type) => type === "layer").length, report.layers.length);
  assert.equal(types.at(-1), "done");
  assert.equal(model.id, "tiny@dynamic_int8");
  assert.ok(report.latencyMs.before.p50 > 0 && report.latencyMs.after.p99 >= report.latencyMs.after.p50);
});

test("a failing gate refuses the result and writes nothing", async () => {
  await withFolder(async (folder) => {
    const modelPath = await tinyModel();
    const outputPath = join(folder, "q");
    const gated = new Quantizer({ modelPath, outputPath, calibrationData: ROWS, method: "int4_weight_only" });
    await rejects(
      gated.accept({ maxMeanKL: 1e-9, minCompression: 100 }).apply(),
      "E_QUALITY_GATE",
      /mean KL.*100×/s,
    );
    assert.deepEqual(await readdir(folder), []);
    const warned = await gated.accept({ onFail: "warn" }).apply();
    assert.equal(warned.report.gate.passed, false);
    assert.equal(warned.report.gate.failed.length, 2);
    assert.deepEqual(await readdir(folder), ["q"]);
    const passed = await new Quantizer({
      modelPath,
      calibrationData: ROWS,
      accept: { maxPerplexityIncrease: "5%", minCompression: 2 },
    }).apply();
    assert.deepEqual(passed.report.gate, { passed: true, failed: [] });
  });
});

test("layers can be skipped, and a pattern that fits nothing is refused", async () => {
  const modelPath = await tinyModel();
  const quantized = await new Quantizer({ modelPath, options: { embeddings: false } })
    .skip("down_proj", /layers\.0\..*q_proj/)
    .apply();
  const names = quantized.report.kept.map(({ name, why }) => `${name}: ${why}`);
  assert.deepEqual(names, [
    "model.embed_tokens: embeddings: false",
    "model.layers.0.self_attn.q_proj: skipped",
    "model.layers.0.mlp.down_proj: skipped",
    "model.layers.1.mlp.down_proj: skipped",
  ]);
  const only = await new Quantizer({ modelPath, options: { include: ["model.layers.1.mlp.*"] } }).plan();
  assert.deepEqual(
    only.layers.map(({ name }) => name.split(".").at(-1)),
    ["gate_proj", "up_proj", "down_proj"],
  );
  await rejects(
    new Quantizer({ modelPath }).skip("w_proj").plan(),
    "E_TARGET_MODULES",
    /w_proj fits no layer.*q_proj/s,
  );
  await rejects(new Quantizer({ modelPath }).skip("*").plan(), "E_TARGET_MODULES", /No layer is left/);
});

test("a quantization waits at its next pause point, also within the measurements, and then goes on", async () => {
  const job = new Quantizer({ modelPath: await tinyModel(LLAMA), calibrationData: ROWS }).apply();
  const held: string[] = [];
  const hold = (what: string): void => {
    void pause(job).then((status) => {
      held.push(`${what} ${status}`);
      job.resume();
    });
  };
  job.on("layer", ({ index }) => index === 0 && hold("layers"));
  job.on("measure", ({ what, side }) => what === "perplexity" && side === "before" && hold("quality"));
  job.on("measure", ({ what }) => what === "agreement" && hold("latency"));
  const { report } = await job;
  assert.deepEqual(held, ["layers paused", "quality paused", "latency paused"]);
  assert.ok("perplexity" in report.quality);
});
