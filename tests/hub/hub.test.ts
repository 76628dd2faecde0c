import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { downloadFileToCacheDir, scanCacheDir } from "@huggingface/hub";
import {
  Dataset,
  downloadFile,
  downloadModel,
  Evaluator,
  isProxy,
  loadModel,
  loadTokenizer,
  ModelFineTuner,
  Quantizer,
  saveModel,
  serve,
  writePeftAdapter,
  type HubEvent,
  type NamedModelOptions,
} from "gradlab";
import { refused } from "../refused.js";
import { ROOT } from "../source-files.js";
import { COMMIT, FakeHub, gitSha, sha256 } from "./fake-hub.js";
import { REPO, CONFIG, TOKENIZER, fresh, repoFolder, shard, putModel, hub, root, saved } from "./tiny-hub.js";

void describe("a model of a hub", () => {
  test("is loaded by its name: only the files that are needed, in the layout that Python's tools share", async () => {
    putModel();
    const options = fresh();
    const events: HubEvent[] = [];
    const model = await loadModel(REPO, { ...options, onEvent: (event) => events.push(event) });
    assert.equal(model.id, REPO);
    const want = await (await loadModel(saved)).forward([[1, 2, 3]]).data();
    assert.deepEqual(await model.forward([[1, 2, 3]]).data(), want);
    const needed = ["config.json", "model.safetensors.index.json", shard(1), shard(2), "tokenizer.json"];
    const snapshot = join(repoFolder(options.cacheDir), "snapshots", COMMIT);
    assert.deepEqual(readdirSync(snapshot).sort(), [...needed].sort());
    for (const name of needed) {
      assert.equal(readlinkSync(join(snapshot, name)), join("..", "..", "blobs", hub.hashOf(name)));
      const bytes = readFileSync(join(snapshot, name));
      assert.equal(hub.hashOf(name), name.startsWith("model-") ? sha256(bytes) : gitSha(bytes));
    }
    assert.equal(readFileSync(join(repoFolder(options.cacheDir), "refs", "main"), "utf8"), COMMIT);
    assert.deepEqual(hub.served.map(({ path }) => path).sort(), [...needed].sort());
    const told = events.flatMap((event) => (event.type === "file" ? [`${event.name} ${event.from}`] : []));
    assert.deepEqual(told.sort(), needed.map((name) => `${name} network`).sort());

    // The hub's own client finds what it expects.
    const { repos, warnings } = await scanCacheDir(options.cacheDir);
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      repos.map(({ id }) => id),
      [{ name: REPO, type: "model" }],
    );
    assert.deepEqual(
      repos[0].revisions.map(({ commitOid, refs }) => [commitOid, refs]),
      [[COMMIT, ["main"]]],
    );
    const before = hub.served.length;
    const same = { repo: REPO, revision: COMMIT, hubUrl: hub.endpoint, cacheDir: options.cacheDir };
    for (const path of needed)
      assert.equal(await downloadFileToCacheDir({ ...same, path }), join(snapshot, path));
    assert.equal(hub.served.length, before);

    // Again: two questions, no bytes; offline: nothing at all.
    hub.asked.length = 0;
    await loadModel(REPO, options);
    assert.equal(hub.asked.length, 2);
    await loadModel(REPO, { ...options, offline: true });
    await loadModel(REPO, { ...options, revision: COMMIT, offline: true });
    assert.deepEqual([hub.asked.length, hub.served.length], [2, before]);
  });

  test("may be an adapter alone: it is folded into the model that it names", async () => {
    const base = await loadModel(saved);
    const pair = (rows: number, columns: number) => ({
      dtype: "float32" as const,
      shape: [rows, columns],
      data: Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 11) / 11 - 0.4),
    });
    const folder = join(root, "adapter");
    await writePeftAdapter(folder, {
      config: { base_model_name_or_path: saved, r: 2, lora_alpha: 4, target_modules: ["q_proj"] },
      modules: new Map(
        [0, 1].map((layer) => [`model.layers.${layer}.self_attn.q_proj`, { a: pair(2, 16), b: pair(16, 2) }]),
      ),
    });
    hub.put("adapter_config.json", readFileSync(join(folder, "adapter_config.json")));
    hub.put("adapter_model.safetensors", readFileSync(join(folder, "adapter_model.safetensors")), true);
    hub.put("adapter_model.bin", "a pickle that nobody asked for", true);
    hub.put("tokenizer.json", readFileSync(TOKENIZER));
    const options = fresh();
    const model = await loadModel(REPO, options);
    assert.equal(model.id, REPO);
    const want = await (await loadModel(folder)).forward([[1, 2, 3]]).data();
    assert.deepEqual(await model.forward([[1, 2, 3]]).data(), want);
    assert.notDeepEqual(want, await base.forward([[1, 2, 3]]).data());
    assert.deepEqual(hub.served.map(({ path }) => path).sort(), [
      "adapter_config.json",
      "adapter_model.safetensors",
      "tokenizer.json",
    ]);
    assert.deepEqual(
      await (await loadModel(REPO, { ...options, offline: true })).forward([[1, 2, 3]]).data(),
      want,
    );
    // the revision is the adapter's own, not the model's
    await loadModel(REPO, { ...options, revision: COMMIT });
  });

  test("that is an adapter without safetensors is refused, with what was looked for", async () => {
    hub.put("adapter_config.json", "{}");
    hub.put("adapter_model.bin", "a pickle that nobody asked for", true);
    const { sentence, hint } = await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel(REPO, fresh()));
    assert.match(sentence, /has no adapter_model\.safetensors/);
    assert.match(hint ?? "", /adapter_config\.json with adapter_model\.safetensors/);
  });

  test("that the hub's own client has cached is not fetched again", async (t) => {
    t.mock.method(console, "debug", () => undefined);
    putModel();
    const options = fresh();
    const same = {
      repo: REPO,
      revision: COMMIT,
      hubUrl: hub.endpoint,
      cacheDir: options.cacheDir,
      xet: false,
    };
    for (const path of ["config.json", shard(1)]) await downloadFileToCacheDir({ ...same, path });
    hub.served.length = 0;
    await downloadModel(REPO, options);
    assert.deepEqual(
      hub.served.map(({ path }) => path).sort(),
      ["model.safetensors.index.json", shard(2), "tokenizer.json"].sort(),
    );
  });

  test("a branch that moves is followed; tags and commits stay", async () => {
    putModel();
    const options = fresh();
    const old = await downloadModel(REPO, { ...options, revision: "v1" });
    hub.commit = "f".repeat(40);
    hub.put("config.json", JSON.stringify({ ...CONFIG, rms_norm_eps: 0.5 }));
    hub.served.length = 0;
    const moved = await downloadModel(REPO, options);
    assert.deepEqual(
      hub.served.map(({ path }) => path),
      ["config.json"],
    );
    assert.notEqual(moved.folder, old.folder);
    assert.equal((await downloadModel(REPO, { ...options, revision: "v1", offline: true })).commit, COMMIT);
    assert.equal((await downloadModel(REPO, { ...options, revision: COMMIT, offline: true })).commit, COMMIT);
  });

  test("without safetensors is loaded from a pickle only when that is asked for", async () => {
    hub.put("config.json", JSON.stringify(CONFIG));
    hub.put("pytorch_model.bin", "pickle", true);
    const options = fresh();
    const error = await refused("E_WEIGHTS_UNAVAILABLE", () => downloadModel(REPO, options));
    assert.match(error.message, /pickle: true/);
    assert.equal(hub.bytesOf("pytorch_model.bin"), 0);
    const { files } = await downloadModel(REPO, { ...options, pickle: true });
    assert.ok(files.includes("pytorch_model.bin"));
    hub.put("other.gguf", "x", true);
    assert.match(
      (await refused("E_FILE_FORMAT", () => loadModel(REPO, { ...options, pickle: true }))).message,
      /pytorch_model\.bin|blobs/,
    );
  });

  test("an index cannot reach out of its folder", async () => {
    hub.put("config.json", JSON.stringify(CONFIG));
    hub.put(
      "model.safetensors.index.json",
      JSON.stringify({ weight_map: { a: "../../secret.safetensors" } }),
    );
    await refused("E_FILE_FORMAT", () => downloadModel(REPO, fresh()));
  });

  test("its tokenizer comes without its weights, and a data set's file is read by its address", async () => {
    putModel();
    const options = fresh();
    const tokenizer = await loadTokenizer(REPO, options);
    assert.equal(tokenizer.decode(tokenizer.encode("violin")), "violin");
    assert.deepEqual(
      hub.served.map(({ path }) => path),
      ["tokenizer.json"],
    );

    const data = await FakeHub.start("datasets/org/rows");
    try {
      data.put("data/train.jsonl", '{"a":1}\n{"a":2}\n', true);
      const place = { ...fresh(), endpoint: data.endpoint };
      const path = "hf://datasets/org/rows/data/train.jsonl";
      const file = await downloadFile(path, place);
      assert.ok(file.startsWith(join(place.cacheDir, "datasets--org--rows", "snapshots", COMMIT)));
      Object.assign(process.env, { HF_HUB_CACHE: place.cacheDir, HF_ENDPOINT: data.endpoint });
      const rows = Dataset.from(path);
      assert.deepEqual(await rows.toArray(), [{ a: 1 }, { a: 2 }]);
      const walk = rows[Symbol.asyncIterator]();
      await walk.next();
      assert.deepEqual((await rows.resume(walk.state()).next()).value, { a: 2 });
      assert.equal((await rows.fingerprint()).length, 64);
      await refused("E_FILE_NOT_FOUND", () => downloadFile("hf://datasets/org/rows/no.csv", place));
      await refused("E_CONFIG", () => downloadFile("hf://datasets/org/rows/../x", place));
    } finally {
      delete process.env.HF_HUB_CACHE;
      delete process.env.HF_ENDPOINT;
      data.stop();
    }
  });
});

void describe("names without weights", () => {
  test("shipped names that are misspelt suggest the nearest, and bare names and paths say what they could mean", async () => {
    assert.match(
      (await refused("E_MODEL_NOT_FOUND", () => loadModel("gradlab/en-3n"))).hint,
      /Did you mean "gradlab\/en-3m"\?/,
    );
    const bare = await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("llama-7b"));
    assert.match(bare.hint, /"owner\/llama-7b".*weights: "proxy"/s);
    assert.match(
      (await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("gradlab-en"))).hint,
      /Did you mean "gradlab\/en-3m"/,
    );
    // "models/…" is a folder that exists here, so nobody is asked.
    const path = await refused("E_MODEL_NOT_FOUND", () => loadModel(join(ROOT, "models/en-3n")));
    assert.match(path.hint, /Did you mean "en-3m"\?/);
    await refused("E_MODEL_NOT_FOUND", () => loadModel("models/en-3n", fresh()));
    assert.equal(hub.asked.length, 0);
  });

  test('weights: "proxy" makes a labelled stand-in of the real architecture, and downloads no weights', async () => {
    putModel();
    hub.put(
      "config.json",
      JSON.stringify({
        ...CONFIG,
        hidden_size: 4096,
        intermediate_size: 14_336,
        num_hidden_layers: 32,
        num_attention_heads: 32,
        num_key_value_heads: 8,
        vocab_size: 4096,
        rope_theta: 5e5,
      }),
    );
    const options = fresh();
    const model = await loadModel(REPO, { ...options, weights: "proxy" });
    assert.equal(model.id, "org/tiny@proxy");
    assert.ok(isProxy(model));
    assert.ok(model.paramCount < 1e6, String(model.paramCount));
    assert.equal(model.config.json["rope_theta"], 5e5);
    assert.equal(hub.bytesOf(shard(1)), 0);
    assert.match(String(model.describe()), /org\/tiny@proxy/);
    const folder = join(root, "stand-in");
    await saveModel(model, folder);
    assert.match(readFileSync(join(folder, "README.md"), "utf8"), /org\/tiny@proxy[^]*This is a proxy/);
    assert.equal((await loadModel(folder)).id, "stand-in@proxy");
    // What is there is taken, whatever is asked.
    assert.equal((await loadModel(saved, { weights: "proxy" })).id, "saved");
    rmSync(join(folder, "model.safetensors"));
    assert.equal((await loadModel(folder, { weights: "proxy" })).id, `${folder}@proxy`);
  });

  test("a name alone tells the architecture", async () => {
    for (const [name, type] of [
      ["llama-7b", "llama"],
      ["mistralai/Mistral-7B-v0.1", "mistral"],
      ["mixtral-8x7b", "mixtral"],
      ["Qwen/Qwen3-8B", "qwen3"],
      ["qwen2.5-7b", "qwen2"],
      ["gemma-7b", "gemma"],
      ["phi-3-mini", "phi3"],
      ["mamba-2.8b", "mamba"],
      ["gpt2-xl", "gpt2"],
    ]) {
      const model = await loadModel(name, { ...fresh(), offline: true, weights: "proxy" });
      assert.deepEqual([model.id, model.config.modelType], [`${name}@proxy`, type]);
    }
    const model = await loadModel("mamba-130m", { offline: true, weights: "proxy" });
    assert.ok((await model.generate("violin :", { maxNewTokens: 2 })).promptTokens > 0);
    await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("unheard-of", { weights: "proxy" }));
    await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("llama-4-scout", { weights: "proxy" }));
  });

  test("Evaluator, Quantizer, serve and ModelFineTuner take weights and revision as loadModel does", async (t) => {
    const { cacheDir, endpoint } = fresh();
    const { HF_ENDPOINT, HF_HUB_CACHE, HF_HUB_OFFLINE } = process.env;
    t.after(() => restoreEnvironment({ HF_ENDPOINT, HF_HUB_CACHE, HF_HUB_OFFLINE }));
    restoreEnvironment({ HF_ENDPOINT: endpoint, HF_HUB_CACHE: cacheDir, HF_HUB_OFFLINE: undefined });
    putModel();
    const data = [{ prompt: "a", completion: " b" }];
    const takers = (name: string, options: NamedModelOptions): (() => Promise<unknown>)[] => [
      async () => new Evaluator({ model: name, data, ...options }).run(),
      async () => new Quantizer({ modelPath: name, ...options }).plan(),
      async () => serve(name, options),
      async () => new ModelFineTuner({ baseModel: name, trainingData: data, ...options }).plan(),
    ];
    for (const take of takers(REPO, { revision: "v9" }))
      assert.match((await refused("E_MODEL_NOT_FOUND", take)).sentence, /no revision "v9"/);
    await new Quantizer({ modelPath: REPO, revision: "v1" }).plan();
    assert.ok(existsSync(join(repoFolder(cacheDir), "refs", "v1")));
    for (const bad of [{ weights: "stand-in" }, { revision: "" }])
      for (const take of takers(REPO, bad as NamedModelOptions)) await refused("E_CONFIG", take);

    process.env.HF_HUB_OFFLINE = "1";
    for (const take of takers("llama-7b", {})) await refused("E_WEIGHTS_UNAVAILABLE", take);
    const standIn = { weights: "proxy" } as const;
    const warned: string[] = [];
    const warn = (event: { type: "warning"; code: string }): number => warned.push(event.code);
    const evaluation = new Evaluator({ model: "llama-7b", data, ...standIn }).run();
    evaluation.on("warning", warn);
    assert.deepEqual(Object.keys((await evaluation).scores), ["llama-7b@proxy"]);
    const quantization = new Quantizer({ modelPath: "llama-7b", ...standIn }).apply();
    quantization.on("warning", warn);
    assert.match((await quantization).report.model, /^llama-7b@proxy/);
    assert.deepEqual(warned, ["W_PROXY_MODEL", "W_PROXY_MODEL"]);
    const messages: string[] = [];
    const service = await serve("llama-7b", { ...standIn, log: ({ message }) => messages.push(message) });
    await service.close();
    assert.match(messages[0], /a small stand-in runs as llama-7b@proxy/);
    const { model } = await new ModelFineTuner({
      baseModel: "llama-7b",
      trainingData: data,
      ...standIn,
    }).plan();
    assert.equal(model.id, "llama-7b@proxy");
  });
});

function restoreEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
