import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeChat, loadModel, Quantizer, shippedModels } from "gradlab";
import { refused } from "../refused.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "models", "en-3m");

interface Golden {
  readonly sequences: readonly {
    readonly ids: readonly number[];
    readonly logits: { readonly data: readonly number[] };
  }[];
}

// golden.json is made by tests/golden/check_llama.py, which shares no code with gradlab.
const golden = JSON.parse(await readFile(join(folder, "golden.json"), "utf8")) as Golden;

test("the shipped model gives the logits of an independent implementation", async () => {
  const model = await loadModel("gradlab/en-3m");
  assert.ok(golden.sequences.length >= 5);
  for (const { ids, logits } of golden.sequences) {
    const all = await model.forward([ids]).data();
    const last = all.subarray(all.length - model.config.vocabSize);
    assert.equal(logits.data.length, last.length);
    logits.data.forEach((value, j) =>
      assert.ok(Math.abs(Number(last[j]) - value) < 1e-4, `${ids.join()}: token ${j}`),
    );
  }
});

test("its tokenizer reads the golden ids, and its card names it", async () => {
  const model = await loadModel(folder);
  assert.equal(model.tokenizer?.decode(golden.sequences[0].ids), "violin :");
  assert.match(await readFile(join(folder, "README.md"), "utf8"), /# gradlab\/en-3m/);
  assert.ok((await shippedModels()).includes("gradlab/en-3m"));
});

test("int8 makes it at least 3.5 times smaller for less than 1 % of perplexity", async () => {
  const { report } = await new Quantizer({
    modelPath: "gradlab/en-3m",
    method: "dynamic_int8",
    calibrationData: join(root, "datasets", "medical-glosses", "test.jsonl"),
  })
    .accept({ maxPerplexityIncrease: "1%", minCompression: 3.5 })
    .apply();
  assert.ok(report.gate.passed);
  assert.ok(report.bytes.ratio >= 3.5, `${report.bytes.ratio}`);
});

test("a model of which there is the recipe alone does not ship, and the error says what does", async () => {
  const error = await refused("E_MODEL_NOT_FOUND", () => loadModel("gradlab/zh-2m"));
  assert.match(String(error.hint), /Models that ship with gradlab: gradlab\/en-3m/);
});

test("a conversation is answered by the chat template, up to the end of the turn", async () => {
  const model = await loadModel("gradlab/en-3m");
  const messages = [{ role: "user", content: 'What does "violin" mean?' }] as const;
  const answer = await model.generate(messages, { maxNewTokens: 40 });
  const { ids } = encodeChat(messages, model.tokenizer!, { addGenerationPrompt: true });
  const end = model.tokenizer!.idOf("<|im_end|>")!;
  const same = await model.generate([...ids], { maxNewTokens: 40, stopTokens: [end] });
  assert.deepEqual([answer.text, answer.promptTokens], [same.text, ids.length]);
  assert.ok(!answer.ids.includes(end));
});
