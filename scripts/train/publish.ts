/**
 * Publishes a model that was trained by a recipe into models/NAME: weights in float16, the log, what was measured, and a card.
 *
 *   node scripts/dist/train/publish.js NAME [--from FOLDER]      from runs/NAME by default
 *
 * It refuses a training that is not at its end, and weights that are not those of the log. Of gradlab/en-3m, measure.js
 * writes measured.json before; the others are measured here. publish-adapter.js publishes adapters.
 * The golden logits beside it come from an independent reader:
 *   python3 tests/golden/check_llama.py models/NAME .cache/train/NAME-ids.json --last --digits 6 --out tests/golden/shipped/NAME.json
 * and those of an encoder from tests/golden/check_distilbert.py.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { environment, modelCard, saveModel, type TextTokenizer } from "gradlab";
import { base } from "./base-card.js";
import { chinese } from "./chinese-card.js";
import { draft } from "./draft-card.js";
import { encoder } from "./encoder-card.js";
import { type Kind, lastEvaluation } from "./kind.js";
import { type Publication, readPublication } from "./publication.js";

/** By the first part of the name. */
const KINDS: Readonly<Record<string, Kind>> = { en: base, zh: chinese, draft, enc: encoder };

const publication = await readPublication();
const { name, to } = publication;
const kind = KINDS[name.split("-")[0]];
if (kind === undefined) throw new Error(`Names begin with ${Object.keys(KINDS).join(", ")}; got ${name}.`);
await lastEvaluation(publication);
await copyWeights(kind, publication);
const opened = await kind.open(to);
const { measured, ...described } = await opened.describe(publication);
if (measured) await writeFile(join(to, "measured.json"), `${JSON.stringify(measured, null, 2)}\n`);
const card = modelCard({
  name: `gradlab/${name}`,
  license: "apache-2.0",
  languages: kind.languages,
  tags: ["gradlab", ...kind.tags],
  ...(kind.task ? { task: kind.task } : {}),
  parameters: opened.model.paramCount,
  environment: await environment({ seed: Number(publication.recipe["seed"] ?? 42) }),
  ...described,
});
await writeFile(join(to, "README.md"), card);
await writeIds(kind, opened.model.tokenizer!);

/** Configuration, tokenizer, log and picture, and at last the weights, with which it becomes a model that ships. */
async function copyWeights(of: Kind, { from, recipe }: Publication): Promise<void> {
  const half = join(".cache", "train", `${name}-float16`);
  const { model: trained } = await of.open(of.weightsOf?.(from) ?? join(from, "model"));
  await saveModel(trained, half, { dtype: "float16" });
  // the tokenizer that the data were encoded with, as it is
  const tokenizer = join(to, String(recipe["tokenizer"]));
  if (relative(tokenizer, to) !== "")
    for (const file of ["tokenizer.json", "tokenizer_config.json"])
      await copyFile(join(tokenizer, file), join(to, file));
  await copyFile(join(from, "log.jsonl"), join(to, "training-log.jsonl"));
  await copyFile(join(from, "curve.svg"), join(to, "curve.svg"));
  for (const file of ["config.json", "model.safetensors"]) await copyFile(join(half, file), join(to, file));
}

/** The prompts as the model reads them, for the independent reader. */
async function writeIds({ prompts }: Kind, tokenizer: TextTokenizer): Promise<void> {
  await mkdir(join(".cache", "train"), { recursive: true });
  const ids = prompts.map((prompt) => [...tokenizer.encode(prompt)]);
  await writeFile(join(".cache", "train", `${name}-ids.json`), `${JSON.stringify(ids)}\n`);
}
