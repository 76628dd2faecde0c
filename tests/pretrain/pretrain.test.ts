import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  HeldOut,
  loadModel,
  Mixture,
  packTokens,
  parseYaml,
  Pretrainer,
  Random,
  readRecipe,
  readTokens,
  sha256File,
} from "gradlab";
import { refused } from "../refused.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const windowsOf = (count: number, first: number) =>
  packTokens(
    Uint16Array.from({ length: count * 4 + 1 }, (_, i) => first + i),
    4,
  );

describe("Mixture", () => {
  test("gives every stretch the shares asked for, and goes on exactly where its state was taken", () => {
    const sources = { text: windowsOf(30, 0), code: windowsOf(7, 1000) };
    const mixture = new Mixture(sources, 1);
    const codeRows = (batch: { inputIds: Int32Array }) =>
      batch.inputIds.filter((id, i) => i % 4 === 0 && id >= 1000).length;
    const counts = Array.from({ length: 6 }, () => codeRows(mixture.next(8, { text: 3, code: 1 })));
    assert.deepEqual(counts, [2, 2, 2, 2, 2, 2]);
    const resumed = new Mixture(sources, 1, JSON.parse(JSON.stringify(mixture.state())));
    const mixes: Record<string, number>[] = [{ text: 1 }, { text: 1, code: 2 }, { code: 1 }];
    for (const mix of mixes) assert.deepEqual(resumed.next(5, mix), mixture.next(5, mix));
    assert.ok(mixture.epochs.code > 1);
  });

  test("reads every window once before any twice", () => {
    const mixture = new Mixture({ text: windowsOf(12, 0) }, 3);
    const firsts = [...mixture.next(12, { text: 1 }).inputIds].filter((_, i) => i % 4 === 0);
    assert.equal(new Set(firsts).size, 12);
  });

  test("refuses data that is not there and the state of other data", async () => {
    const mixture = new Mixture({ text: windowsOf(3, 0) }, 1);
    assert.match((await refused("E_CONFIG", () => mixture.next(1, { txt: 1 }))).message, /no data "txt"/);
    const other = () => new Mixture({ more: windowsOf(3, 0) }, 1, mixture.state());
    assert.match((await refused("E_CHECKPOINT_MISMATCH", other)).message, /without the data "more"/);
  });
});

const RECIPE = `
id: test/tiny
tokenizer: TOKENIZER
config: { model_type: llama, architectures: [LlamaForCausalLM], vocab_size: 4096, hidden_size: 16,
  intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1,
  max_position_embeddings: 64, rms_norm_eps: 1.0e-5, tie_word_embeddings: true, bos_token_id: 0, eos_token_id: 0 }
data: { train: train.u16, more: more.u16 }
prepare: make the-data
heldOut: { general: heldout.u16 }
phases: [{ share: 0.5, mix: { train: 1 } }, { share: 0.5, mix: { train: 1, more: 1 } }]
window: 16
batchSize: 4
steps: 24
learningRate: 0.01
optimizer: { name: muon, weightDecay: 0.1 }
schedule: { name: wsd, warmup: 4 }
evalEvery: 8
checkpointSeconds: 0
`;

describe("Pretrainer", () => {
  let folder: string;
  let recipe: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gradlab-pretrain-"));
    recipe = join(folder, "train.yaml");
    await writeFile(recipe, RECIPE.replace("TOKENIZER", join(root, "models/en-3m")));
    const random = new Random(5);
    // a word is followed by one of two words: something to learn
    const words = (count: number) => {
      const ids = new Uint16Array(count);
      for (let i = 1; i < count; i++) ids[i] = 300 + ((2 * (ids[i - 1] % 50) + random.integer(2)) % 50);
      return Buffer.from(ids.buffer);
    };
    for (const [name, count] of [
      ["train", 4000],
      ["more", 900],
      ["heldout", 330],
    ] as const)
      await writeFile(join(folder, `${name}.u16`), words(count));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const at = async (outputDir: string) => {
    const read = await readRecipe(recipe);
    return new Pretrainer({ ...read, outputDir: join(folder, outputDir) });
  };

  test("learns, and reports losses, bits per byte, speed and a curve", async () => {
    const pretrainer = await at("whole");
    const job = pretrainer.run();
    const losses: number[] = [];
    for await (const event of job) if (event.type === "step") losses.push(event.loss);
    const { path, finished, heldOut, evals } = await job;
    assert.ok(finished && losses.length === 24);
    assert.ok(losses[23] < losses[0] - 1, `${losses[0]} to ${losses[23]}`);
    assert.deepEqual(
      evals.map(({ step }) => step),
      [8, 16, 24],
    );
    assert.ok(evals.every(({ mfu = 0 }) => mfu > 0 && mfu < 1));
    assert.match(await readFile(join(folder, "whole", "curve.svg"), "utf8"), /bits per byte/);

    const model = await loadModel(path);
    const windows = packTokens(await readTokens(join(folder, "heldout.u16")), 16);
    const all = windows.batch(Array.from({ length: windows.length }, (_, i) => i));
    const { loss, tokens } = await new HeldOut(model).loss([all]);
    const bytes = Buffer.byteLength(model.tokenizer!.decode(all.targets));
    assert.ok(Math.abs(heldOut.general.loss - loss) < 1e-5);
    assert.ok(Math.abs((heldOut.general.bitsPerByte ?? NaN) - (loss * tokens) / Math.log(2) / bytes) < 1e-5);
  });

  test("a run killed on its way gives, run again, the same weights as one that was not", async () => {
    const { recipe: options } = await at("killed");
    const file = join(folder, "killed.json");
    await writeFile(file, JSON.stringify(options));
    const child = spawn(process.execPath, ["lab/cli/bin/gradlab.js", "train", file], { cwd: root });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += String(chunk);
      if (text.includes("step 8 ")) child.kill("SIGKILL");
    });
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    assert.equal(signal, "SIGKILL", text);
    const job = new Pretrainer(options).run();
    let resumedFrom = 0;
    job.on("start", (event) => (resumedFrom = event.resumedFrom ?? 0));
    const { path } = await job;
    assert.ok(resumedFrom >= 7 && resumedFrom < 24, `resumed from ${resumedFrom}`);
    const whole = join(folder, "whole", "model", "model.safetensors");
    assert.equal(await sha256File(join(path, "model.safetensors")), await sha256File(whole));
  });

  test("lets one run write into a folder at a time", async () => {
    const pretrainer = await at("shared");
    const first = pretrainer.run({ minutes: 0.02 });
    assert.match((await refused("E_CONFIG", () => pretrainer.run())).message, /already writing/);
    await first;
  });

  test("stops when the time is over, and says that it has not finished", async () => {
    const pretrainer = await at("short");
    const { finished, step } = await pretrainer.run({ minutes: 1e-9 });
    assert.deepEqual([finished, step], [false, 0]);
  });

  test("refuses the checkpoint of another recipe", async () => {
    const pretrainer = await at("whole");
    const other = new Pretrainer({ ...pretrainer.recipe, learningRate: 0.02 });
    const error = await refused("E_CHECKPOINT_MISMATCH", () => other.run());
    assert.match(error.message, /another recipe/);
  });

  test("the command ends with 2, and without a stack, for a recipe that cannot be read", () => {
    const command = ["lab/cli/bin/gradlab.js", "train", join(folder, "gone.yaml")];
    const { status, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^E_FILE_NOT_FOUND There is no /);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  test("names what is wrong with a recipe", async () => {
    const { recipe: good } = await at("none");
    const bad = async (change: object, message: RegExp): Promise<void> => {
      const error = await refused("E_CONFIG", () => new Pretrainer({ ...good, ...change }));
      assert.match(error.message, message);
    };
    await bad({ batchsize: 3 }, /no option "batchsize"[^]*"batchSize"/);
    await bad({ steps: 1.5 }, /steps must be a positive whole number/);
    await bad({ phases: [{ share: 0.5, mix: { train: 1 } }] }, /add up to 0.5/);
    await bad({ phases: [{ share: 1, mix: { trian: 1 } }] }, /"trian", which data does not have/);
    await bad({ optimizer: { name: "moun" } }, /no optimizer "moun"[^]*"muon"/);
    await bad({ objective: { name: "mask" } }, /no objective "mask"[^]*"masked"/);
    await bad({ objective: { name: "masked", temperature: 2 } }, /"masked" has no option "temperature"/);
    await bad({ objective: { name: "distill" } }, /needs a teacher/);
    await bad({ objective: { name: "distill", teacher: "x", weight: 2 } }, /between 0 and 1, got 2/);
    await bad({ learningRate: 0 }, /learningRate must be above 0/);
    const { phases: _, ...whole } = good;
    const missing = new Pretrainer({ ...whole, data: { train: "gone.u16" } });
    const error = await refused("E_FILE_NOT_FOUND", () => missing.run());
    assert.equal(error.hint, "Make it with: make the-data");
    const fault = await refused("E_FILE_FORMAT", () => parseYaml("a: 1\nb: [1, 2\nc: 3", "x.yaml"));
    assert.match(fault.message, /x\.yaml:[23]:\d/);
  });
});
