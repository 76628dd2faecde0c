import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CardScore, type LanguageModel, type ModelCardInfo, readConfigFile } from "gradlab";

/** What a card is written from. */
export interface CardParts {
  readonly name: string;
  readonly folder: string;
  readonly from: string;
  readonly model: LanguageModel;
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly samples: readonly string[];
}

export type Described = Pick<
  ModelCardInfo,
  "summary" | "training" | "data" | "scores" | "limits" | "usage" | "baseModel"
>;

interface CorpusCard {
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

interface LogEntry {
  readonly type: string;
  readonly tokens: number;
  readonly heldOut: Readonly<Record<string, { loss: number; bitsPerByte: number; tokens: number }>>;
}

export interface Measured {
  readonly bitsPerByteByCounting: Readonly<Record<string, number>>;
  readonly medicalPerplexity: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
  readonly sentimentAccuracy: Readonly<Record<string, number>>;
}

const MILLIONS = (count: number): string => (count / 1e6).toFixed(1);

/** gradlab/en-3m and its like: what it read, and its bits per byte beside counting. */
export async function describeBase({
  name,
  folder,
  from,
  model,
  recipe,
  samples,
}: CardParts): Promise<Described> {
  const corpus = (await readConfigFile(join(folder, "corpus.json"))) as CorpusCard;
  const log = (await readFile(join(from, "log.jsonl"), "utf8")).trim().split("\n");
  const last = log.map((line) => JSON.parse(line) as LogEntry).findLast(({ type }) => type === "eval")!;
  const measured = (await readConfigFile(join(folder, "measured.json"))) as Measured;
  const scores: Record<string, Record<string, CardScore>> = {};
  for (const [domain, { loss, bitsPerByte, tokens }] of Object.entries(last.heldOut))
    scores[`held out: ${domain}`] = {
      perplexity: { value: Math.exp(loss), n: tokens },
      bits_per_byte: { value: bitsPerByte, n: tokens },
      "bits_per_byte of a 4-gram model (Kneser–Ney, same tokens)": {
        value: measured.bitsPerByteByCounting[domain],
      },
    };
  return {
    summary: `A Llama of ${MILLIONS(model.paramCount)} million parameters, trained from scratch by gradlab on licence-clean English text and code, on two processor cores. It is made for teaching and testing: it writes definition-shaped text and knows next to nothing. Medical, legal and financial entries of WordNet were left out of its training, so that fine-tuning on them means something.`,
    usage: `import { loadModel } from "gradlab";\n\nconst model = await loadModel("gradlab/${name}");\nconsole.log((await model.generate("violin :")).text);`,
    training: trainingOf(name, recipe, last.tokens),
    data: corpus.sources.flatMap((source) =>
      source.packages.map((item) => ({
        name: item.package,
        bytes: source.bytes,
        sha256: item.sha256,
        license: item.licence,
        description: `${source.source}, ${source.tokens.toLocaleString("en")} tokens`,
      })),
    ),
    scores: { ...scores, ...gainsOf(measured) },
    limits: [
      "It does not know facts; nothing it writes should be believed.",
      `It read ${MILLIONS(last.tokens)} million tokens, about ${(last.tokens / 17.7e6).toFixed(1)} epochs of its corpus.`,
      "English only, lower-case dictionary style; context 512 tokens.",
      ...(await notesIn(folder)),
      ...samples.map((sample) => `Sample (greedy): ${JSON.stringify(sample)}`),
    ],
  };
}

/** What a run's history adds to its recipe: a line each in notes.txt. */
export async function notesIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, "notes.txt"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

function trainingOf(name: string, recipe: CardParts["recipe"], tokens: number): Record<string, unknown> {
  const shown = [
    "window",
    "batchSize",
    "steps",
    "optimizer",
    "learningRate",
    "schedule",
    "clipNorm",
    "phases",
  ];
  return {
    recipe: `train.yaml: npx gradlab train models/${name}/train.yaml`,
    tokens: tokens.toLocaleString("en"),
    ...Object.fromEntries(shown.map((option) => [option, JSON.stringify(recipe[option])])),
    weights: "float16 (trained in float32)",
    log: "training-log.jsonl, curve.svg",
  };
}

function gainsOf({
  medicalPerplexity,
  sentimentAccuracy,
}: Measured): Record<string, Record<string, CardScore>> {
  const { lora, full, fromNothing } = medicalPerplexity;
  return {
    "medical glosses, 3 epochs": {
      "perplexity before": { value: lora.before },
      "perplexity after LoRA": { value: lora.after },
      "perplexity after full fine-tuning": { value: full.after },
      "perplexity of the same shape from nothing": { value: fromNothing.after },
    },
    "sentiment, 4 epochs": {
      "accuracy, fine-tuned": { value: sentimentAccuracy["fineTuned"], n: sentimentAccuracy["rows"] },
      "accuracy, naive Bayes over words and pairs": {
        value: sentimentAccuracy["bagOfWords"],
        n: sentimentAccuracy["rows"],
      },
    },
  };
}
