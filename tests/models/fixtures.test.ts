import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  argmax,
  fromHalfBits,
  loadModel,
  readSafetensors,
  saveModel,
  toHalfBits,
  type LanguageModel,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { fixtureFolder, largestDifference, readFixture } from "./fixture.js";

interface Stories {
  readonly input_ids: readonly number[];
  readonly greedy_next: readonly number[];
  readonly logits: readonly (readonly number[])[];
}

interface SortCase {
  readonly prompt: readonly number[];
  readonly output: readonly number[];
  readonly logits: readonly (readonly number[])[];
}

/** Logits of every position of one sequence, from a whole forward pass. */
async function logitsOf(model: LanguageModel, ids: readonly number[]): Promise<Float32Array[]> {
  const flat = (await model.forward([ids]).data()) as Float32Array;
  const { vocabSize } = model.config;
  return ids.map((_, t) => flat.slice(t * vocabSize, (t + 1) * vocabSize));
}

/** Greedy continuation by whole forward passes: what incremental decoding has to equal. */
async function continueWhole(
  model: LanguageModel,
  prompt: readonly number[],
  count: number,
): Promise<number[]> {
  const ids = [...prompt];
  for (let i = 0; i < count; i++) ids.push(argmax((await logitsOf(model, ids)).at(-1)!));
  return ids.slice(prompt.length);
}

test("stories260K gives its author's logits within 1e-4 and the same greedy tokens", async (t) => {
  const folder = fixtureFolder(t, "stories260K");
  if (!folder) return;
  const golden = readFixture<Stories>(folder, "golden.json");
  const model = await loadModel(folder);
  const rows = await logitsOf(model, golden.input_ids);
  const worst = Math.max(...rows.map((row, i) => largestDifference(row, golden.logits[i])));
  assert.ok(worst < 1e-4, `largest difference ${worst}`);
  assert.deepEqual(rows.map(argmax), golden.greedy_next);
  t.diagnostic(`largest difference ${worst.toExponential(2)}`);
});

test("incremental decoding of stories260K equals whole forward passes, whatever the prompt's length", async (t) => {
  const folder = fixtureFolder(t, "stories260K");
  if (!folder) return;
  const { input_ids } = readFixture<Stories>(folder, "golden.json");
  const model = await loadModel(folder);
  for (const length of [1, 5, 24]) {
    const prompt = input_ids.slice(0, length);
    const { ids, finishReason, promptTokens } = await model.generate(prompt, { maxNewTokens: 8 });
    assert.deepEqual(ids, await continueWhole(model, prompt, 8), `prompt of ${length} tokens`);
    assert.deepEqual([finishReason, promptTokens], ["length", length]);
  }
});

test("a prompt longer than one prefill chunk is decoded as if it were fed whole", async (t) => {
  const folder = fixtureFolder(t, "stories260K");
  if (!folder) return;
  const { input_ids } = readFixture<Stories>(folder, "golden.json");
  const model = await loadModel(folder);
  const prompt = [
    ...input_ids,
    ...(await continueWhole(model, input_ids, 2)),
    ...Array(6).fill(input_ids).flat(),
  ] as number[];
  assert.ok(prompt.length > 128);
  assert.deepEqual(
    (await model.generate(prompt, { maxNewTokens: 3 })).ids,
    await continueWhole(model, prompt, 3),
  );
});

test("gpt-nano-sort gives minGPT's logits and sorts", async (t) => {
  const folder = fixtureFolder(t, "gpt-nano-sort");
  if (!folder) return;
  const model = await loadModel(folder);
  for (const { prompt, output, logits } of readFixture<SortCase[]>(folder, "golden.json")) {
    assert.deepEqual(
      output,
      [...prompt].sort((a, b) => a - b),
    );
    const rows = await logitsOf(model, [...prompt, ...output.slice(0, -1)]);
    const worst = Math.max(...rows.map((row, i) => largestDifference(row, logits[i])));
    assert.ok(worst < 1e-4, `largest difference ${worst}`);
    assert.deepEqual((await model.generate(prompt, { maxNewTokens: output.length })).ids, output);
  }
});

for (const name of ["stories260K", "gpt-nano-sort"]) {
  test(`${name}: saved and loaded again, every byte of every weight and every logit is the same`, async (t) => {
    const folder = fixtureFolder(t, name);
    if (!folder) return;
    const model = await loadModel(folder);
    const base = await scratch(t);
    await saveModel(model, join(base, "first"));
    const again = await loadModel(join(base, "first"));
    await saveModel(again, join(base, "second"));
    const files = ["first", "second"].map((saved) => readFile(join(base, saved, "model.safetensors")));
    const [first, second] = await Promise.all(files);
    assert.ok(first.equals(second));
    for (const [parameter, weight] of model.parameters) {
      assert.deepEqual(await again.parameters.get(parameter)!.data(), await weight.data(), parameter);
    }
    const ids = [[1, 2, 0, 1, 2]];
    assert.deepEqual(await again.forward(ids).data(), await model.forward(ids).data());
  });

  test(`${name}: saved as float16, every weight is the nearest half, and is read back as that`, async (t) => {
    const folder = fixtureFolder(t, name);
    if (!folder) return;
    const model = await loadModel(folder);
    const saved = await saveModel(model, join(await scratch(t), "half"), { dtype: "float16" });
    const stored = await readSafetensors(join(saved, "model.safetensors"));
    const again = await loadModel(saved);
    for (const [parameter, weight] of model.parameters) {
      const bits = Uint16Array.from((await weight.data()) as Float32Array, toHalfBits);
      assert.equal(stored.get(parameter)!.dtype, "float16");
      assert.deepEqual(stored.get(parameter)!.data, bits, parameter);
      assert.deepEqual(await again.parameters.get(parameter)!.data(), Float32Array.from(bits, fromHalfBits));
    }
  });
}
