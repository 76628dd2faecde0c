import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createModel, loadModel, ModelFineTuner, saveModel } from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { copyRows, tinyModel } from "./tiny.js";

const KINDS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  mistral: { sliding_window: 4 },
  mixtral: { num_local_experts: 3, num_experts_per_tok: 2 },
  qwen2: { use_sliding_window: false },
};

for (const [type, fields] of Object.entries(KINDS)) {
  test(`LoRA on ${type}, its matrices held in bfloat16, learns`, async (t) => {
    const llama = tinyModel();
    const json = { ...llama.config.json, model_type: type, ...fields };
    const fresh = createModel(json, { tokenizer: llama.tokenizer!, id: type });
    const folder = await saveModel(fresh, join(await scratch(t), type), { dtype: "bfloat16" });
    const baseModel = await loadModel(folder, { dtype: "stored" });
    const result = await new ModelFineTuner({
      baseModel,
      trainingData: copyRows(64),
      evalData: copyRows(16, 2),
      outputDir: join(folder, "run"),
    }).run({ epochs: 6, batchSize: 16, learningRate: 1e-2 });
    const [first, last] = [result.evals[0], result.evals.at(-1)!];
    assert.ok(last.loss < first.loss - 0.2, `${first.loss} → ${last.loss}`);
    const merged = await result.merge();
    assert.equal(merged.parameters.get("model.layers.0.self_attn.q_proj.weight")!.dtype, "bfloat16");
  });
}
