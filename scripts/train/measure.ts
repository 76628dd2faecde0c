/**
 * Measures what gradlab/en-3m is worth: beside counting (Kneser–Ney on the same tokens), and by what fine-tuning it
 * gains, beside a model of the same shape that starts from nothing and beside a bag of words.
 *
 *   node scripts/dist/train/measure.js [MODEL] [--corpus FOLDER] [--out FILE]
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  createModel,
  type LanguageModel,
  loadModel,
  ModelFineTuner,
  readTokens,
  type RunOptions,
  type Tokenizer,
} from "gradlab";
import { KneserNey } from "./kneser-ney.js";
import { learnSentiment } from "./learn-sentiment.js";

const { values, positionals } = parseArgs({
  options: { corpus: { type: "string", default: ".cache/corpus" }, out: { type: "string" } },
  allowPositionals: true,
});
const model = await loadModel(positionals[0] ?? "models/en-3m");
const tokenizer = model.tokenizer as Tokenizer;
const DOMAINS = { general: "", medical: "-medical", legal: "-legal", finance: "-finance" };
const GLOSSES: RunOptions = { epochs: 3, batchSize: 16 };

async function countingAlone(): Promise<Record<string, number>> {
  const counted = new KneserNey(await readTokens(join(values.corpus, "train.u16")));
  const bits: Record<string, number> = {};
  for (const [domain, ending] of Object.entries(DOMAINS)) {
    const tokens = await readTokens(join(values.corpus, `heldout${ending}.u16`));
    const bytes = Buffer.byteLength(tokenizer.decode(tokens.subarray(1), { skipSpecialTokens: true }));
    bits[domain] = counted.nats(tokens) / Math.LN2 / bytes;
  }
  return bits;
}

/** Held-out perplexity before and after the same run. */
async function learnGlosses(
  baseModel: LanguageModel,
  adapterType: "lora" | "full",
  run: RunOptions = GLOSSES,
): Promise<{ before: number; after: number }> {
  const { evals } = await new ModelFineTuner({
    baseModel,
    adapterType,
    trainingData: "datasets/medical-glosses/train.jsonl",
    evalData: "datasets/medical-glosses/test.jsonl",
    outputDir: `runs/measure-${adapterType}`,
  }).run(run);
  return { before: evals[0].perplexity, after: evals[evals.length - 1].perplexity };
}

const scratch = createModel(model.config.json, { seed: 7, id: "from nothing", tokenizer });
const report = {
  bitsPerByteByCounting: await countingAlone(),
  medicalPerplexity: {
    lora: await learnGlosses(model, "lora"),
    full: await learnGlosses(model, "full", { ...GLOSSES, learningRate: 1e-3 }),
    fromNothing: await learnGlosses(scratch, "full", { ...GLOSSES, learningRate: 3e-3 }),
  },
  sentimentAccuracy: await learnSentiment(model, values.corpus),
};
console.log(JSON.stringify(report, null, 2));
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
