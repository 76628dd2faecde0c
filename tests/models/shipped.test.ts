import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  BASE_WEIGHTS_HASH,
  encodeChat,
  hashWeights,
  type LanguageModel,
  listModels,
  loadEncoder,
  loadModel,
  loadTokenizer,
  type PeftConfig,
  Quantizer,
  readConfigFile,
  readPeftAdapter,
  type RunRecord,
  shippedModels,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { refused } from "../refused.js";

const { checkAdapter } = (await import(
  new URL("../../../scripts/dist/train/check-adapter.js", import.meta.url).href
)) as typeof import("../../scripts/train/check-adapter.js");
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "models", "en-3m");

/** Of an encoder, made by tests/golden/check_distilbert.py. */
interface GoldenVectors {
  readonly sequences: readonly {
    readonly ids: readonly number[];
    readonly last: readonly number[];
    readonly embedding: readonly number[];
  }[];
}

interface Golden {
  readonly sequences: readonly {
    readonly ids: readonly number[];
    readonly logits: { readonly data: readonly number[] };
  }[];
}

/** Made by tests/golden/check_llama.py, which shares no code with gradlab. */
const readGolden = async <G = Golden>(name: string): Promise<G> =>
  JSON.parse(await readFile(join(root, "tests", "golden", "shipped", `${name}.json`), "utf8")) as G;
const golden = await readGolden("en-3m");

function near(values: ArrayLike<number | bigint>, expected: readonly number[], where = ""): void {
  assert.equal(values.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(Number(values[i]) - value) < 1e-4, `${where}, place ${i}: ${values[i]}, not ${value}`);
  });
}

async function givesLogits(model: LanguageModel, { sequences }: Golden): Promise<void> {
  for (const { ids, logits } of sequences) {
    const all = await model.forward([ids]).data();
    near(all.subarray(all.length - model.config.vocabSize), logits.data, ids.join());
  }
}

test("the shipped model gives the logits of an independent implementation", async () => {
  assert.ok(golden.sequences.length >= 5);
  await givesLogits(await loadModel("gradlab/en-3m"), golden);
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

test("a model of which there is the recipe alone does not ship, and the error says what does", async (t) => {
  const models = await scratch(t);
  const files = {
    recipe: "train.yaml",
    interrupted: "config.json",
    whole: "model.safetensors",
    sharded: "model.safetensors.index.json",
    adapter: "adapter_config.json",
  };
  for (const [name, file] of Object.entries(files)) {
    await mkdir(join(models, name));
    await writeFile(join(models, name, file), "{}");
  }
  await writeFile(join(models, "adapter", "adapter_model.safetensors"), "");
  assert.deepEqual((await listModels(models)).sort(), ["adapter", "sharded", "whole"]);
  const error = await refused("E_MODEL_NOT_FOUND", () => loadModel("gradlab/such-a-model"));
  assert.match(String(error.hint), /Models that ship with gradlab: .*gradlab\/en-3m/);
});

/** Skips a test with its reason while a model has its recipe alone. */
const untilTrained = (name: string): { readonly skip: string | false } => ({
  skip: existsSync(join(root, "models", name, "model.safetensors"))
    ? false
    : `models/${name} holds its recipe and no weights yet`,
});

/** Card, log and measurements say the same, and the folder is complete. */
async function tellsOfItself(name: string): Promise<Record<string, unknown>> {
  const at = (file: string) => readFile(join(root, "models", name, file), "utf8");
  assert.ok((await shippedModels()).includes(`gradlab/${name}`));
  assert.match(await at("NOTICE"), /Apache License/);
  assert.match(await at("curve.svg"), /<svg/);
  const card = await at("README.md");
  assert.match(card, new RegExp(`# gradlab/${name}\n[^]*## Scores\n[^]*(Kneser–Ney|recall@10)`));
  const { steps } = (await readConfigFile(join(root, "models", name, "train.yaml"))) as { steps: number };
  const last = JSON.parse((await at("training-log.jsonl")).trim().split("\n").at(-1)!) as { step: number };
  assert.equal(last.step, steps);
  return JSON.parse(await at("measured.json")) as Record<string, unknown>;
}

for (const name of ["zh-2m", "draft-1m"])
  test(`gradlab/${name} gives the logits of an independent implementation`, untilTrained(name), async () => {
    const model = await loadModel(`gradlab/${name}`);
    const its = await readGolden(name);
    assert.ok(its.sequences.length >= 5);
    await givesLogits(model, its);
    assert.ok(Object.keys((await tellsOfItself(name))["heldOut"] as object).length >= 4);
  });

test(
  "gradlab/draft-1m was taught by the weights that ship, in their tokens",
  untilTrained("draft-1m"),
  async () => {
    const { teacherWeights } = await tellsOfItself("draft-1m");
    assert.equal(teacherWeights, await hashWeights(await loadModel("gradlab/en-3m")));
    await readsAs("draft-1m", "en-3m");
  },
);

test(
  "gradlab/enc-1m gives the vectors of an independent implementation",
  untilTrained("enc-1m"),
  async () => {
    const encoder = await loadEncoder("gradlab/enc-1m");
    const { sequences } = await readGolden<GoldenVectors>("enc-1m");
    assert.ok(sequences.length >= 8);
    const rows = sequences.map(({ ids }) => ids);
    const batch = encoder.encode(rows.map((ids) => encoder.requireTokenizer().decode(ids)));
    const padded = await encoder.embed(batch).array();
    const width = padded.shape[1];
    for (const [i, { ids, last, embedding }] of sequences.entries()) {
      const hidden = await encoder.forward([ids]).hidden.data();
      near(hidden.subarray(hidden.length - width), last);
      near(await encoder.embed([ids]).data(), embedding);
      near(padded.data.subarray(i * width, (i + 1) * width), embedding);
    }
    assert.ok("medical" in (await tellsOfItself("enc-1m")));
    await readsAs("enc-1m", "en-3m");
  },
);

test(
  "gradlab/enc-1m is no language model, and the error says who reads it",
  untilTrained("enc-1m"),
  async () => {
    const error = await refused("E_UNSUPPORTED_ARCH", () => loadModel("gradlab/enc-1m"));
    assert.match(String(error.hint), /loadEncoder/);
  },
);

/** The same tokenizer, byte by byte. */
async function readsAs(name: string, other: string): Promise<void> {
  const [own, its] = await Promise.all(
    [name, other].map((each) => readFile(join(root, "models", each, "tokenizer.json"))),
  );
  assert.ok(own.equals(its));
}

const messages = [{ role: "user", content: 'What does "violin" mean?' }] as const;

async function answersByTemplate(model: LanguageModel): Promise<string> {
  const answer = await model.generate(messages, { maxNewTokens: 40 });
  const { ids } = encodeChat(messages, model.tokenizer!, { addGenerationPrompt: true });
  const end = model.tokenizer!.idOf("<|im_end|>")!;
  const same = await model.generate([...ids], { maxNewTokens: 40, stopTokens: [end] });
  assert.deepEqual([answer.text, answer.promptTokens], [same.text, ids.length]);
  assert.ok(!answer.ids.includes(end));
  return answer.text;
}

test("a conversation is answered by the chat template, up to the end of the turn", async () => {
  await answersByTemplate(await loadModel("gradlab/en-3m"));
});

const adapterFolder = join(root, "models", "en-3m-instruct");
const isShipped = existsSync(join(adapterFolder, "adapter_model.safetensors"));
const skip = isShipped ? false : "models/en-3m-instruct holds its recipe and no weights yet";

test(
  "the shipped adapter, folded in, gives the logits of an independent implementation",
  { skip },
  async () => {
    // what loads has the base weights it was trained on; the other implementation adds the products beside the layers
    const model = await loadModel("gradlab/en-3m-instruct");
    const ofAdapter = await readGolden("en-3m-instruct");
    assert.ok(ofAdapter.sequences.length >= 4);
    await givesLogits(model, ofAdapter);
    const first = ofAdapter.sequences[0].ids;
    const { ids } = encodeChat(messages, model.tokenizer!, { addGenerationPrompt: true });
    assert.deepEqual([...ids], first);
    assert.equal(model.id, "gradlab/en-3m-instruct");
  },
);

test(
  "it answers by the chat template of its base model, and its folder says what it is",
  { skip },
  async () => {
    const text = await answersByTemplate(await loadModel("gradlab/en-3m-instruct"));
    const tokenizer = await loadTokenizer("gradlab/en-3m-instruct");
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
    assert.ok((await shippedModels()).includes("gradlab/en-3m-instruct"));
    const card = await readFile(join(adapterFolder, "README.md"), "utf8");
    assert.match(card, /base_model: "gradlab\/en-3m"[^]*# gradlab\/en-3m-instruct/);
    const [start] = (await readFile(join(adapterFolder, "training-log.jsonl"), "utf8")).split("\n");
    const { metadata } = await readPeftAdapter(adapterFolder);
    const logged = (JSON.parse(start) as Record<string, unknown>)[BASE_WEIGHTS_HASH];
    assert.equal(logged, metadata[BASE_WEIGHTS_HASH]);
    assert.ok(card.includes(String(logged)));
  },
);

test("an adapter is published for the weights and by the recipe it was trained with alone", async () => {
  const base = await loadModel("gradlab/en-3m");
  const recipe = { baseModel: "gradlab/en-3m", adapter: { r: 8 }, run: { maxSteps: 4 } };
  const parts = (hash: string | undefined, run: object = recipe.run) => ({
    adapter: {
      config: { base_model_name_or_path: "gradlab/en-3m" } as PeftConfig,
      modules: new Map(),
      extra: new Map(),
      metadata: (hash === undefined ? {} : { [BASE_WEIGHTS_HASH]: hash }) as Record<string, string>,
    },
    record: { options: { run: { ...run, resume: true }, adapter: recipe.adapter } } as unknown as RunRecord,
    base,
    recipe,
  });
  const here = await hashWeights(base);
  await checkAdapter(parts(here));
  await assert.rejects(checkAdapter(parts("0".repeat(64))), /trained on weights 0+, gradlab\/en-3m has/);
  await assert.rejects(checkAdapter(parts(undefined)), /does not say which weights/);
  await assert.rejects(checkAdapter(parts(here, { maxSteps: 5 })), /options are not the recipe's/);
  const other = { ...parts(here), recipe: { ...recipe, baseModel: "gradlab/zh-2m" } };
  await assert.rejects(checkAdapter(other), /changes gradlab\/en-3m, the recipe says gradlab\/zh-2m/);
});

test("what ships takes at most 15 MB", async () => {
  const files = await readdir(join(root, "models"), { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(bytes <= 15e6, `${bytes} bytes`);
});
