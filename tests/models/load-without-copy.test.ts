import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { createModel, type HostArray, hostArray, loadModel, saveModel, type TensorSource } from "gradlab";
import { readParameters } from "gradlab/internal/models";
import { scratch } from "../artifacts/scratch.js";

/** A source that remembers what it gave. */
function remembering(given: HostArray[]): TensorSource {
  return {
    file: "memory",
    names: ["w"],
    metadata: {},
    spec: () => ({ dtype: "float32", shape: [2, 2], bytes: 16, stored: "F32" }),
    read: async () => {
      const array = hostArray(Float32Array.of(1, 2, 3, 4), [2, 2]);
      given.push(array);
      return array;
    },
    close: async () => {},
  };
}

test("a loaded parameter takes the memory that was read, and what it gives out is a copy", async () => {
  const given: HostArray[] = [];
  const family = { parameters: () => [{ name: "w", shape: [2, 2], init: { constant: 0 } }] };
  const parameters = await readParameters(remembering(given), family, {});
  const weight = parameters.get("w")!;
  assert.equal(weight.storage?.array?.data, given[0].data);
  const out = await weight.data();
  out[0] = 9;
  assert.deepEqual([...given[0].data], [1, 2, 3, 4]);
});

test("a mapped model computes and writes what a read one does, and can be saved over its own folder", async (t) => {
  const sizes = { vocab_size: 300, n_embd: 64, n_layer: 2, n_head: 2, n_positions: 64 };
  const model = createModel({ model_type: "gpt2", ...sizes }, { seed: 5 });
  const folder = await saveModel(model, join(await scratch(t), "gpt2"), { maxShardBytes: 200_000 });
  const mapped = await loadModel(folder, { map: true });
  const prompt = [3, 1, 4, 1, 5];
  const want = await model.forward([prompt]).data();
  assert.deepEqual(await mapped.forward([prompt]).data(), want);
  const tokens = await mapped.generate(prompt, { maxNewTokens: 8, temperature: 0 });
  assert.deepEqual(tokens.ids, (await model.generate(prompt, { maxNewTokens: 8, temperature: 0 })).ids);
  await saveModel(mapped, folder, { maxShardBytes: 200_000 });
  assert.deepEqual(await mapped.forward([prompt]).data(), want);
  assert.deepEqual(await (await loadModel(folder)).forward([prompt]).data(), want);
});
