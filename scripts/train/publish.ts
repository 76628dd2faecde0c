/**
 * Publishes a pre-trained model into models/en-3m: weights in float16, the training log and a card with held-out figures for each domain.
 *
 *   node scripts/dist/train/publish.js [--from FOLDER] [--state FOLDER]
 *
 * The golden logits beside it come from an independent reader:
 *   python3 tests/golden/check_llama.py models/en-3m .cache/train/golden-ids.json --last --digits 6 --out models/en-3m/golden.json
 */
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  environment,
  HeldOut,
  loadModel,
  modelCard,
  packTokens,
  readTokens,
  recordFile,
  type Batch,
  type CardScore,
  type FileRecord,
} from "gradlab";

const { values: options } = parseArgs({
  options: {
    from: { type: "string", default: ".cache/train/gradlab-en/model" },
    state: { type: "string", default: ".cache/train/gradlab-en" },
    corpus: { type: "string", default: ".cache/corpus" },
    to: { type: "string", default: "models/en-3m" },
  },
});

interface CorpusCard {
  readonly files: readonly {
    readonly file: string;
    readonly bytesPerToken: number;
    readonly tokens: number;
  }[];
  readonly sources: readonly {
    readonly source: string;
    readonly tokens: number;
    readonly bytes: number;
    readonly packages: readonly {
      readonly package: string;
      readonly sha256: string;
      readonly licence: string;
    }[];
  }[];
}

const WINDOW = 256;
const ROWS = 12;
const DOMAINS = ["heldout", "heldout-medical", "heldout-legal", "heldout-finance"];
const PROMPTS = ["violin :", "pneumonia :", "run :", "My fellow citizens,", "The function returns", "SELECT"];

for (const name of ["config.json", "model.safetensors"])
  await copyFile(join(options.from, name), join(options.to, name));
await copyFile(join(options.state, "log.jsonl"), join(options.to, "training-log.jsonl"));
const corpus = JSON.parse(await readFile(join(options.to, "corpus.json"), "utf8")) as CorpusCard;
const model = await loadModel(options.to);
const lastEval = (await readFile(join(options.state, "log.jsonl"), "utf8"))
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as { event: string; step: number; tokens: number })
  .filter(({ event }) => event === "eval")
  .at(-1)!;

const scores: Record<string, Record<string, CardScore>> = {};
for (const domain of DOMAINS) {
  const windows = packTokens(await readTokens(join(options.corpus, `${domain}.u16`)), WINDOW);
  const batches: Batch[] = [];
  for (let at = 0; at < windows.length; at += ROWS) {
    batches.push(
      windows.batch(Array.from({ length: Math.min(ROWS, windows.length - at) }, (_, i) => at + i)),
    );
  }
  const { loss, tokens } = await new HeldOut(model).loss(batches);
  const { bytesPerToken } = corpus.files.find(({ file }) => file === `${domain}.u16`)!;
  scores[domain] = {
    loss_nats: { value: loss, n: tokens },
    perplexity: { value: Math.exp(loss), n: tokens },
    bits_per_byte: { value: loss / Math.LN2 / bytesPerToken, n: tokens },
  };
}

const samples: string[] = [];
for (const prompt of PROMPTS)
  samples.push(prompt + (await model.generate(prompt, { maxNewTokens: 24 })).text);
const ids = PROMPTS.map((prompt) => [...model.tokenizer!.encode(prompt)]);
await writeFile(".cache/train/golden-ids.json", `${JSON.stringify(ids)}\n`);

const data: (FileRecord & { license: string; description: string })[] = corpus.sources.flatMap((source) =>
  source.packages.map((item) => ({
    name: item.package,
    bytes: source.bytes,
    sha256: item.sha256,
    license: item.licence,
    description: `${source.source}, ${source.tokens.toLocaleString("en")} tokens`,
  })),
);

const card = modelCard({
  name: "gradlab/en",
  summary: `A Llama of ${(model.paramCount / 1e6).toFixed(1)} million parameters, trained from scratch by gradlab on licence-clean English text and code, on two processor cores. It is made for teaching and testing: it writes definition-shaped text and knows next to nothing. Medical, legal and financial entries of WordNet were left out of its training, so that fine-tuning on them means something.`,
  license: "apache-2.0",
  languages: ["en"],
  tags: ["gradlab", "llama"],
  parameters: model.paramCount,
  training: {
    script: "scripts/train/pretrain.ts",
    steps: lastEval.step,
    tokens: lastEval.tokens.toLocaleString("en"),
    batch: "12 windows of 256 tokens",
    optimizer: "AdamW, β = (0.9, 0.95), λ = 0.1, clip 1.0",
    "learning rate": "3e-3, 100 steps of warm-up, cosine to 5 %",
    anneal: "the last 20 % of the steps read glosses, sums and questions with answers",
    weights: "float16 (trained in float32)",
    log: "training-log.jsonl",
  },
  data,
  scores,
  limits: [
    "It does not know facts; nothing it writes should be believed.",
    "It saw less than one epoch of its corpus; the script resumes exactly and can train it further.",
    "It was made in two sittings: up to step 2,400 on a schedule of that length (with another initialization and anneal mix than the script has now), then up to step 4,600. Running the script from nothing gives a model of the same kind, not the same bits.",
    "English only, lower-case dictionary style; context 512 tokens.",
    ...samples.map((sample) => `Sample (greedy): ${JSON.stringify(sample)}`),
  ],
  usage:
    'import { loadModel } from "gradlab";\n\nconst model = await loadModel("gradlab/en");\nconsole.log((await model.generate("violin :")).text);',
  environment: await environment({ seed: 42 }),
});
await writeFile(join(options.to, "README.md"), card);
console.log(scores, samples, await recordFile(join(options.to, "model.safetensors")));
