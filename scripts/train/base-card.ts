import { join } from "node:path";
import { type CardScore, type LanguageModel, readConfigFile } from "gradlab";
import { englishData, millions, notesIn, samplesOf, trainingOf, usageOf } from "./cards.js";
import { type Described, languageModelKind, lastEvaluation } from "./kind.js";
import type { SentimentAccuracy } from "./learn-sentiment.js";
import type { Publication } from "./publication.js";

export const ENGLISH_PROMPTS = [
  "violin :",
  "pneumonia :",
  "run :",
  "My fellow citizens,",
  "The function returns",
  "SELECT",
];

export interface Measured {
  readonly bitsPerByteByCounting: Readonly<Record<string, number>>;
  readonly medicalPerplexity: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
  readonly sentimentAccuracy: SentimentAccuracy;
}

/** gradlab/en-3m and its like; measure.js writes the measured.json that is told. */
export const base = languageModelKind(
  {
    languages: ["en"],
    tags: ["llama"],
    prompts: ENGLISH_PROMPTS,
  },
  describeBase,
);

/** What it read, and its bits per byte beside counting. */
async function describeBase(model: LanguageModel, parts: Publication): Promise<Described> {
  const { name, to } = parts;
  const last = await lastEvaluation(parts);
  const measured = (await readConfigFile(join(to, "measured.json"))) as Measured;
  const scores: Record<string, Record<string, CardScore>> = {};
  for (const [domain, { loss, bitsPerByte, tokens }] of Object.entries(last.heldOut))
    scores[`held out: ${domain}`] = {
      perplexity: { value: Math.exp(loss), n: tokens },
      bits_per_byte: { value: bitsPerByte!, n: tokens },
      "bits_per_byte of a 4-gram model (Kneser–Ney, same tokens)": {
        value: measured.bitsPerByteByCounting[domain],
      },
    };
  return {
    summary: `A Llama of ${millions(model.paramCount)} million parameters, trained from scratch by gradlab on licence-clean English text and code, on two processor cores. It is made for teaching and testing: it writes definition-shaped text and knows next to nothing. Medical, legal and financial entries of WordNet were left out of its training, so that fine-tuning on them means something.`,
    usage: usageOf(name, "violin :"),
    training: trainingOf(parts, last.tokens),
    data: await englishData(join(to, "corpus.json"), parts),
    scores: { ...scores, ...gainsOf(measured) },
    limits: [
      "It does not know facts; nothing it writes should be believed.",
      `It read ${millions(last.tokens)} million tokens, about ${(last.tokens / 17.7e6).toFixed(1)} epochs of its corpus.`,
      "English only, lower-case dictionary style; context 512 tokens.",
      ...(await notesIn(to)),
      ...(await samplesOf(model, ENGLISH_PROMPTS)),
    ],
  };
}

function gainsOf({
  medicalPerplexity,
  sentimentAccuracy,
}: Measured): Record<string, Record<string, CardScore>> {
  const { lora, full, fromNothing } = medicalPerplexity;
  const { fineTuned, afterMadeReviews, bagOfWords, rows } = sentimentAccuracy;
  return {
    "medical glosses, 3 epochs": {
      "perplexity before": { value: lora.before },
      "perplexity after LoRA": { value: lora.after },
      "perplexity after full fine-tuning": { value: full.after },
      "perplexity of the same shape from nothing": { value: fromNothing.after },
    },
    "sentiment, 4 epochs": {
      "accuracy, fine-tuned (mean of 3 seeds)": { value: fineTuned, n: rows },
      "accuracy, fine-tuned after 20,000 made reviews (mean of 3 seeds)": {
        value: afterMadeReviews,
        n: rows,
      },
      "accuracy, naive Bayes over words and pairs": { value: bagOfWords, n: rows },
    },
  };
}
