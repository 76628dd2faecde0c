import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  type LoraPair,
  fromNumbers,
  openSafetensors,
  readJson,
  readPeftAdapter,
  writePeftAdapter,
  writeSafetensors,
} from "gradlab";
import { refused } from "../refused.js";
import { scratch } from "./scratch.js";

const tensor = (rows: number, columns: number, first: number) =>
  fromNumbers(
    Array.from({ length: rows * columns }, (_, i) => first + i),
    [rows, columns],
  );
const pair = (inputs: number, outputs: number, r: number): LoraPair => ({
  a: tensor(r, inputs, 0),
  b: tensor(outputs, r, 100),
});
const Q = "model.layers.0.self_attn.q_proj";
const V = "model.layers.0.self_attn.v_proj";

test("an adapter has PEFT's names and comes back", async (t) => {
  const folder = join(await scratch(t), "adapter");
  const modules = new Map([
    [Q, pair(6, 4, 2)],
    [V, { ...pair(6, 2, 3), magnitude: fromNumbers([1, 2], [2]) }],
  ]);
  await writePeftAdapter(
    folder,
    {
      config: {
        r: 2,
        lora_alpha: 16,
        target_modules: ["q_proj", "v_proj"],
        rank_pattern: { v_proj: 3 },
        task_type: "CAUSAL_LM",
        base_model_name_or_path: "tiny",
      },
      modules,
      extra: [["lm_head.weight", tensor(2, 2, 7)]],
    },
    { beside: { "README.md": "# tiny\n" } },
  );
  assert.deepEqual(await readdir(folder), ["README.md", "adapter_config.json", "adapter_model.safetensors"]);
  const config = (await readJson(join(folder, "adapter_config.json"))) as Record<string, unknown>;
  assert.equal(config.peft_type, "LORA");
  assert.equal(config.lora_dropout, 0);
  assert.equal(config.bias, "none");
  assert.equal(config.inference_mode, true);
  const file = await openSafetensors(join(folder, "adapter_model.safetensors"));
  assert.deepEqual(file.names.toSorted(), [
    "base_model.model.lm_head.weight",
    `base_model.model.${Q}.lora_A.weight`,
    `base_model.model.${Q}.lora_B.weight`,
    `base_model.model.${V}.lora_A.weight`,
    `base_model.model.${V}.lora_B.weight`,
    `base_model.model.${V}.lora_magnitude_vector`,
  ]);
  await file.close();
  const read = await readPeftAdapter(folder);
  assert.deepEqual(read.modules.get(Q), modules.get(Q));
  assert.deepEqual(read.modules.get(V), modules.get(V));
  assert.deepEqual(read.extra.get("lm_head.weight"), tensor(2, 2, 7));
  assert.equal(read.config.task_type, "CAUSAL_LM");
});

test("fields of other versions of PEFT are kept", async (t) => {
  const folder = await scratch(t);
  await writeFile(
    join(folder, "adapter_config.json"),
    '{"peft_type":"LORA","r":2,"lora_alpha":4,"corda_config":{"a":1}}',
  );
  await writeSafetensors(join(folder, "adapter_model.safetensors"), {
    [`base_model.model.${Q}.lora_A.weight`]: tensor(2, 3, 0),
    [`base_model.model.${Q}.lora_B.weight`]: tensor(3, 2, 0),
  });
  const { config, modules } = await readPeftAdapter(folder);
  assert.deepEqual(config.corda_config, { a: 1 });
  assert.deepEqual([...modules.keys()], [Q]);
});

test("what does not fit together is refused", async (t) => {
  const folder = join(await scratch(t), "adapter");
  const config = { r: 2, target_modules: ["q_proj"] };
  await refused("E_WEIGHT_MISMATCH", () =>
    writePeftAdapter(folder, { config, modules: [[Q, pair(4, 4, 3)]] }),
  );
  await refused("E_FILE_NOT_FOUND", () => readPeftAdapter(folder));
  await writePeftAdapter(folder, { config, modules: [[Q, pair(4, 4, 2)]] });
  const weights = join(folder, "adapter_model.safetensors");
  await writeSafetensors(weights, { [`base_model.model.${Q}.lora_A.weight`]: tensor(2, 3, 0) });
  assert.match((await refused("E_WEIGHT_MISMATCH", () => readPeftAdapter(folder))).message, /one half/);
  for (const [text, code] of [
    ['{"peft_type": "IA3"}', "E_CONFIG"],
    ['{"r": 2}', "E_FILE_FORMAT"],
    ['{"peft_type": "LORA", "r": 0}', "E_FILE_FORMAT"],
    ["[1", "E_FILE_FORMAT"],
  ] as const) {
    await writeFile(join(folder, "adapter_config.json"), text);
    await refused(code, () => readPeftAdapter(folder));
  }
});
