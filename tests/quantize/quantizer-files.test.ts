import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  createModel,
  GradlabError,
  loadModel,
  Quantizer,
  saveModel,
  writeSafetensors,
  type HostArray,
} from "gradlab";
import { distance, GPT2, LLAMA, rejects, SENTENCES, SHIPPED, tinyModel, withFolder } from "./tiny.js";

const ROWS = SENTENCES.map((text) => ({ text }));

test("a file of weights needs a config.json beside it, or the option", async () => {
  await withFolder(async (folder) => {
    const model = await tinyModel();
    const tensors: [string, HostArray][] = [];
    for (const [name, parameter] of model.parameters) tensors.push([name, await parameter.array()]);
    const modelPath = join(folder, "weights.safetensors");
    await writeSafetensors(modelPath, tensors);
    await rejects(
      new Quantizer({ modelPath }).apply(),
      "E_MODEL_NOT_FOUND",
      /no config\.json beside.*option `config`/s,
    );
    const quantized = await new Quantizer({ modelPath, options: { config: LLAMA } }).apply();
    assert.equal(quantized.id, "weights@dynamic_int8");
    await rejects(
      new Quantizer({ modelPath, options: { config: LLAMA }, calibrationData: ROWS }).apply(),
      "E_TOKENIZER",
      /cannot read calibrationData/,
    );
  });
});

test("a PyTorch state dict is read without running what it holds, and quantized", async () => {
  const golden = new URL("../../golden/model-pt/", import.meta.url);
  const modelPath = fileURLToPath(new URL("original_model.pt", golden));
  const model = await loadModel(modelPath);
  const sums = JSON.parse(await readFile(new URL("expected.json", golden), "utf8")) as Record<string, number>;
  for (const [name, parameter] of model.parameters) {
    const sum = ((await parameter.data()) as Float32Array).reduce((total, w) => total + Math.abs(w), 0);
    assert.ok(Math.abs(sum - sums[name]) < 1e-6 * sums[name], name);
  }
  const quantized = await new Quantizer({ modelPath, method: "dynamic_int8" }).apply();
  assert.equal(quantized.id, "original_model@dynamic_int8");
  const [want, got] = await Promise.all(
    [model, quantized].map(async (m) => (await m.forward([[1, 2, 3]]).data()) as Float32Array),
  );
  assert.ok(distance(got, want) < 0.03);
  const evil = fileURLToPath(new URL("../pt/evil-os.pt", golden));
  await rejects(
    new Quantizer({ modelPath: evil, options: { config: LLAMA } }).apply(),
    "E_UNSAFE_PICKLE",
    /./,
  );
});

test("an output folder that would lose something is refused before any work", async () => {
  await withFolder(async (folder) => {
    const modelPath = join(folder, "model");
    await saveModel(await tinyModel(), modelPath);
    const write = (outputPath: string) => new Quantizer({ modelPath, outputPath }).apply();
    await rejects(write(folder), "E_CONFIG", /holds other things/);
    await rejects(write(modelPath), "E_CONFIG", /holds the original/);
    await rejects(write(join(modelPath, "config.json")), "E_CONFIG", /is a file/);
    await write(join(folder, "q"));
    await write(join(folder, "q"));
    assert.deepEqual(await readdir(folder), ["model", "q"]);
  });
});

test("plan and report agree for layers stored the other way round, too", async () => {
  const quantizer = new Quantizer({ modelPath: await tinyModel(GPT2), method: "int4_weight_only" });
  const plan = await quantizer.plan();
  const { report } = await quantizer.apply();
  assert.equal(plan.bytesAfter, report.bytes.after);
  assert.deepEqual(
    plan.layers,
    report.layers.map(({ name, bits, shape }) => ({ name, bits, shape })),
  );
});

test("a quantizer is the same object as JSON", async () => {
  const quantizer = new Quantizer({ modelPath: "./m", calibrationData: "rows.jsonl" })
    .skip("down_proj")
    .accept({ maxPerplexityIncrease: "1%" });
  const config = JSON.parse(JSON.stringify(quantizer.toConfig())) as object;
  assert.deepEqual((await Quantizer.fromConfig(config)).toConfig(), config);
  assert.throws(() => new Quantizer({ modelPath: createModel(LLAMA) }).toConfig(), /E_CONFIG/);
  assert.throws(() => quantizer.skip(/q_proj/).toConfig(), /E_CONFIG/);
});

test("options that do not exist or do not fit are refused at once", () => {
  const modelPath = createModel(LLAMA);
  const config = (options: object): RegExp | undefined => {
    try {
      new Quantizer({ modelPath, ...options });
      return undefined;
    } catch (error) {
      assert.equal((error as GradlabError).code, "E_CONFIG");
      return new RegExp((error as GradlabError).sentence.slice(0, 30));
    }
  };
  for (const options of [
    { method: "int7" },
    { calibration_data: "x" },
    { options: { blockSize: 33 } },
    { accept: { maxPerplexityIncrease: "1%" } },
    { accept: { minCompression: -1 } },
    { accept: { maxPerplexityIncrease: "much" }, calibrationData: ROWS },
  ]) {
    assert.ok(config(options), JSON.stringify(options));
  }
});

test("a cancelled job stops between layers", async () => {
  const job = new Quantizer({ modelPath: createModel(SHIPPED) }).apply();
  job.on("layer", () => job.cancel("enough"));
  await rejects(job, "E_CANCELLED", /enough/);
});

test("weights that another tool quantized, and damaged descriptions, are refused", async () => {
  await withFolder(async (folder) => {
    const write = async (name: string, quantization: object): Promise<string> => {
      const path = join(folder, name);
      await saveModel(await tinyModel(), path);
      await writeFile(
        join(path, "config.json"),
        JSON.stringify({ ...LLAMA, quantization_config: quantization }),
      );
      return path;
    };
    const gptq = await write("gptq", { quant_method: "gptq", bits: 4 });
    await rejects(loadModel(gptq), "E_UNSUPPORTED_ARCH", /"gptq"/);
    const how = { bits: 8, block_size: 32, accuracy_level: 4 };
    const absent = await write("absent", { quant_method: "gradlab", modules: { "model.embed_tokens": how } });
    await rejects(loadModel(absent), "E_WEIGHT_MISMATCH", /model\.embed_tokens\.packed/);
    const wrong = await write("wrong", { quant_method: "gradlab", modules: { "model.norm": how } });
    await rejects(loadModel(wrong), "E_WEIGHT_MISMATCH", /model\.norm/);
    const odd = await write("odd", {
      quant_method: "gradlab",
      modules: { "model.embed_tokens": { ...how, bits: 3 } },
    });
    await rejects(loadModel(odd), "E_FILE_FORMAT", /32 × 3 bits/);
  });
});
