import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BASE_WEIGHTS_HASH,
  type CardScore,
  type LanguageModel,
  pathKind,
  readConfigFile,
  type Score,
} from "gradlab";
import { notesIn } from "./cards.js";
import type { Described } from "./kind.js";
import type { AdapterParts } from "./check-adapter.js";

export interface InstructParts extends AdapterParts {
  readonly name: string;
  readonly folder: string;
  /** The base model with the adapter folded in, as it is shipped. */
  readonly model: LanguageModel;
  /** Perplexity of the held-out answers, before and after. */
  readonly heldOut: { readonly before: Score; readonly after: Score };
  /** Questions and greedy answers. */
  readonly answers: readonly string[];
}

/** gradlab/en-3m-instruct: what it was taught, and its scores beside the base model's. */
export async function describeInstruct(parts: InstructParts): Promise<Described> {
  const { name, folder, base, answers } = parts;
  return {
    baseModel: base.id,
    summary: `A LoRA adapter that teaches ${base.id} to answer: sums with their steps, small functions in four languages, facts of a text as JSON, what a customer wants, a shop's service, and what words mean. It can do what its data drill, in the words of its data, and nothing else. loadModel loads the base model and folds the adapter in.`,
    usage: `import { loadModel } from "gradlab";\n\nconst model = await loadModel("gradlab/${name}");\nconsole.log((await model.generate([{ role: "user", content: "Calculate step by step.\\n47 + 38" }])).text);`,
    training: trainingOf(parts),
    data: parts.record.inputs.map((file) => ({ ...file, ...DATA[file.name] })),
    scores: { ...heldOutOf(parts), ...(await examinationsOf(parts)) },
    limits: [
      "It answers anything, and most answers are wrong; it is an example to take apart.",
      `It is for the weights of ${base.id} that it was trained on (see above); loadModel refuses it on others.`,
      ...(await notesIn(folder)),
      ...answers.map((answer) => `Answer (greedy): ${answer}`),
    ],
  };
}

const DATA: Readonly<Record<string, { readonly license: string; readonly description: string }>> = {
  "train.jsonl": {
    license: "Apache-2.0; WordNet 3.1 licence",
    description:
      "written by scripts/train/instruct-data.ts: gradlab's generators, and questions about open entries of WordNet 3.1 (NOTICE)",
  },
  "heldout.jsonl": { license: "Apache-2.0", description: "the generators' test split; not trained on" },
};

function trainingOf({ name, recipe, adapter, model }: InstructParts): Record<string, unknown> {
  const { r, lora_alpha: alpha, target_modules: targets } = adapter.config;
  const pairs = [...adapter.modules.values()];
  const trained = pairs.reduce((sum, { a, b }) => sum + a.data.length + b.data.length, 0);
  return {
    recipe: `train.yaml: npx gradlab train models/${name}/train.yaml`,
    adapter: `LoRA, r ${r}, alpha ${alpha}, on ${[targets].flat().join(", ")}`,
    "trained parameters": `${trained.toLocaleString("en")} of ${(model.paramCount + trained).toLocaleString("en")}`,
    ...Object.fromEntries(
      Object.entries(recipe["run"] as object).map(([option, value]) => [option, String(value)]),
    ),
    "base weights (hashWeights)": adapter.metadata[BASE_WEIGHTS_HASH],
    weights: "float16 (trained in float32)",
    log: "training-log.jsonl, curve.svg",
  };
}

function heldOutOf({ heldOut: { before, after } }: InstructParts): Record<string, Record<string, CardScore>> {
  const loss = ({ value, n, ci95: [low, high] }: Score): CardScore => ({
    value: Math.log(value),
    ci95: [Math.log(low), Math.log(high)],
    n,
  });
  return {
    "held-out conversations, tokens of the answers": {
      "loss before, nats": loss(before),
      "loss after, nats": loss(after),
      "perplexity before": before,
      "perplexity after": after,
    },
  };
}

/** What examine.js wrote into examined.json, where it is. */
async function examinationsOf({
  name,
  folder,
  base,
}: InstructParts): Promise<Record<string, Record<string, CardScore>>> {
  const file = join(folder, "examined.json");
  if ((await pathKind(file)) !== "file") return {};
  const examined = (await readConfigFile(file)) as Record<string, Record<string, Score>>;
  return Object.fromEntries(
    Object.entries(examined).map(([skill, byModel]) => [
      `examination: ${skill}`,
      Object.fromEntries(
        Object.entries(byModel).map(([id, score]) => [
          `right, ${id === base.id ? id : `gradlab/${name}`}`,
          score,
        ]),
      ),
    ]),
  );
}

/** The lines of a fine-tuning's log. */
export async function readLog(file: string): Promise<LogLine[]> {
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as LogLine);
}

export interface LogLine {
  readonly type: "step" | "eval";
  readonly step: number;
  readonly loss: number;
}
