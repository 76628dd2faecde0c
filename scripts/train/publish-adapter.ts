/**
 * Publishes a trained adapter into models/NAME: its pairs in float16, the log, its curve, and a card with what was measured.
 *
 *   node scripts/dist/train/publish-adapter.js NAME [--from FOLDER]      from runs/NAME by default
 *
 * It refuses an adapter that was not trained by models/NAME/train.yaml, or on other weights than the base model has now.
 * Needs what instruct-data.js writes. The golden logits beside it come from an independent reader, which adds each pair's
 * product beside its layer instead of folding it in:
 *   python3 tests/golden/check_llama.py models/NAME .cache/train/NAME-ids.json --last --digits 6 --out tests/golden/shipped/NAME.json
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BASE_WEIGHTS_HASH,
  castArray,
  encodeChat,
  environment,
  Evaluator,
  hashWeights,
  type LanguageModel,
  lineChart,
  type LineSeries,
  loadModel,
  modelCard,
  PEFT_CONFIG,
  PEFT_WEIGHTS,
  type PeftAdapter,
  readPeftAdapter,
  readRunRecord,
  type RunRecord,
  type Score,
  writePeftAdapter,
} from "gradlab";
import { checkAdapter } from "./check-adapter.js";
import { INSTRUCT_FOLDER } from "./instruct.js";
import { readPublication } from "./publication.js";
import { describeInstruct, type LogLine, readLog } from "./instruct-card.js";

/** Steps between two lines of the log that is kept. */
const LOG_EVERY = 10;
/** Steps that one point of the picture stands for. */
const MEAN_OF = 40;
const ANSWER_TOKENS = 80;
const QUESTIONS = [
  'What does "violin" mean?',
  "Calculate step by step.\n47 + 38",
  "In TypeScript, implement `double`: it returns the number n times 2.\nfunction double(n: number): number",
  "Hello, where is my parcel?",
];

const { name, from, to, recipe } = await readPublication();
const adapter = await readPeftAdapter(join(from, "adapter"));
const base = await loadModel(String(recipe["baseModel"]));
const record = await readRunRecord(from);
await checkAdapter({ adapter, base, recipe, record });
await copyWeights(adapter);
const model = await loadModel(`gradlab/${name}`);
await writeLog(await readLog(join(from, "log.jsonl")), record);
await writeIds(model);
const described = await describeInstruct({
  name,
  folder: to,
  adapter,
  base,
  model,
  recipe,
  record,
  heldOut: { before: await heldOutOf(base), after: await heldOutOf(model) },
  answers: await answersOf(model),
});
const card = modelCard({
  name: `gradlab/${name}`,
  license: "apache-2.0",
  languages: ["en"],
  tags: ["gradlab", "llama", "lora"],
  environment: await environment({ seed: Number(recipe["seed"] ?? 42) }),
  ...described,
});
await writeFile(join(to, "README.md"), card);

/** The pairs in half precision; nothing else of the folder is touched. */
async function copyWeights({ config, modules, metadata }: PeftAdapter): Promise<void> {
  const half = join(".cache", "train", `${name}-float16`);
  const pairs = [...modules].map(([module, { a, b }]) => {
    return [module, { a: castArray(a, "float16"), b: castArray(b, "float16") }] as const;
  });
  await writePeftAdapter(half, { config, modules: pairs, metadata });
  for (const file of [PEFT_CONFIG, PEFT_WEIGHTS]) await copyFile(join(half, file), join(to, file));
}

/** What the run was, its evaluations, and every tenth step; and its picture. */
async function writeLog(
  lines: readonly LogLine[],
  { id, startedAt, finishedAt, inputs }: RunRecord,
): Promise<void> {
  const weights = { [BASE_WEIGHTS_HASH]: await hashWeights(base) };
  const start = { type: "start", id, startedAt, finishedAt, base: base.id, ...weights, inputs };
  const kept = lines.filter(({ type, step }) => type === "eval" || step % LOG_EVERY === 0);
  const text = [start, ...kept].map((line) => `${JSON.stringify(line)}\n`).join("");
  await writeFile(join(to, "training-log.jsonl"), text);
  const [steps, evals] = ["step", "eval"].map((wanted) => lines.filter(({ type }) => type === wanted));
  const series = [
    pointsOf(`training, means of ${MEAN_OF} steps`, meansOf(steps)),
    pointsOf("held out", evals),
  ];
  const labels = { title: `gradlab/${name}`, xLabel: "step", yLabel: "loss of the answers, nats" };
  await writeFile(join(to, "curve.svg"), lineChart({ ...labels, series }).svg());
}

type Point = Pick<LogLine, "step" | "loss">;

function pointsOf(label: string, points: readonly Point[]): LineSeries {
  return { name: label, x: points.map(({ step }) => step), y: points.map(({ loss }) => loss) };
}

/** A batch holds rows of like length, so of like kind: single steps jump between the kinds. */
function meansOf(steps: readonly Point[]): Point[] {
  return Array.from({ length: Math.ceil(steps.length / MEAN_OF) }, (_, i) => {
    const part = steps.slice(i * MEAN_OF, (i + 1) * MEAN_OF);
    return { step: part.at(-1)!.step, loss: part.reduce((sum, { loss }) => sum + loss, 0) / part.length };
  });
}

async function heldOutOf(measured: LanguageModel): Promise<Score> {
  const data = join(INSTRUCT_FOLDER, "heldout.jsonl");
  const { scores } = await new Evaluator({ model: measured, data, metrics: ["perplexity"] }).run();
  return scores[measured.id]["perplexity"];
}

async function answersOf(asked: LanguageModel): Promise<string[]> {
  const answers: string[] = [];
  for (const content of QUESTIONS) {
    const { text } = await asked.generate([{ role: "user", content }], { maxNewTokens: ANSWER_TOKENS });
    answers.push(`${JSON.stringify(content)} → ${JSON.stringify(text)}`);
  }
  return answers;
}

/** The questions as the model reads them, for the independent reader. */
async function writeIds({ tokenizer }: LanguageModel): Promise<void> {
  const ids = QUESTIONS.map((content) => [
    ...encodeChat([{ role: "user", content }], tokenizer!, { addGenerationPrompt: true }).ids,
  ]);
  await mkdir(join(".cache", "train"), { recursive: true });
  await writeFile(join(".cache", "train", `${name}-ids.json`), `${JSON.stringify(ids)}\n`);
}
