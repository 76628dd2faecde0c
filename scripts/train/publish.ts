/**
 * Publishes a pre-trained model into models/NAME: weights in float16, the log, and a card with what was measured.
 *
 *   node scripts/dist/train/publish.js NAME [--from FOLDER]      from runs/NAME by default
 *
 * The card tells what measure.js wrote into models/NAME/measured.json. publish-adapter.js publishes adapters.
 * The golden logits beside it come from an independent reader:
 *   python3 tests/golden/check_llama.py models/NAME .cache/train/NAME-ids.json --last --digits 6 --out models/NAME/golden.json
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { environment, type LanguageModel, loadModel, modelCard, saveModel } from "gradlab";
import { describeBase } from "./cards.js";
import { readPublication } from "./publication.js";

const { name, from, to, recipe } = await readPublication();

const PROMPTS = ["violin :", "pneumonia :", "run :", "My fellow citizens,", "The function returns", "SELECT"];

const half = join(".cache", "train", `${name}-float16`);
await saveModel(await loadModel(join(from, "model")), half, { dtype: "float16" });
for (const file of ["config.json", "model.safetensors"]) await copyFile(join(half, file), join(to, file));
// the tokenizer that the data were encoded with stays as it is
for (const file of ["tokenizer.json", "tokenizer_config.json"])
  if (!existsSync(join(to, file))) await copyFile(join(half, file), join(to, file));
const model = await loadModel(to);
const samples = await samplesOf(model);
const described = await describeBase({ name, folder: to, from, model, recipe, samples });
await copyLog();
await writeFile(
  join(to, "README.md"),
  modelCard({
    name: `gradlab/${name}`,
    license: "apache-2.0",
    languages: ["en"],
    tags: ["gradlab", "llama"],
    parameters: model.paramCount,
    environment: await environment({ seed: Number(recipe["seed"] ?? 42) }),
    ...described,
  }),
);
await mkdir(join(".cache", "train"), { recursive: true });
const ids = PROMPTS.map((prompt) => [...model.tokenizer!.encode(prompt)]);
await writeFile(join(".cache", "train", `${name}-ids.json`), `${JSON.stringify(ids)}\n`);

async function samplesOf(from: LanguageModel): Promise<string[]> {
  const samples: string[] = [];
  for (const prompt of PROMPTS) {
    const { text } = await from.generate(prompt, { maxNewTokens: 24 });
    samples.push(prompt + text);
  }
  return samples;
}

/** What the run said at its start and evaluations; and its picture. */
async function copyLog(): Promise<void> {
  const lines = (await readFile(join(from, "log.jsonl"), "utf8")).trim().split("\n");
  await writeFile(join(to, "training-log.jsonl"), `${lines.join("\n")}\n`);
  await copyFile(join(from, "curve.svg"), join(to, "curve.svg"));
}
