/**
 * Examines models that answer: sums, facts as JSON and a customer's intents by exact match, and programs by running
 * their tests.
 *
 *   node scripts/dist/train/examine.js MODEL… [--out FILE]     after instruct-data.js
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type CodeTask,
  Evaluator,
  generateCode,
  type Metric,
  metricByName,
  type References,
  type Row,
  type Score,
} from "gradlab";
import { transformSync } from "oxc-transform";
import { CODE_TASKS, EXAMINATIONS, INSTRUCT_FOLDER } from "./instruct.js";

const TEST_SECONDS = 5;

const { values, positionals: models } = parseArgs({
  options: { out: { type: "string" } },
  allowPositionals: true,
});

/** Exact match, with "the same" as `isRight` sees it. */
function rightAnswers(name: string, isRight: (answer: string, reference: string) => boolean): Metric {
  const exact = metricByName("exact_match");
  if (exact.kind !== "text") throw new Error("exact_match compares texts.");
  const marked = (answers: readonly string[], references: References): string[] =>
    answers.map((answer, i) => (isRight(answer, String(references[i])) ? String(references[i]) : ""));
  return {
    ...exact,
    name,
    score: (answers: readonly string[], references: References) =>
      exact.score(marked(answers, references), references),
    compare: (a, b, references, options) =>
      exact.compare(marked(a, references), marked(b, references), references, options),
  };
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

const CHECKS: Readonly<Record<keyof typeof EXAMINATIONS, Metric>> = {
  // the steps may differ, the result may not
  arithmetic: rightAnswers("right result", (answer, reference) => lastLine(answer) === lastLine(reference)),
  extraction: rightAnswers("same facts", (answer, reference) => sameJson(answer, reference)),
  intent: rightAnswers("same intents", (answer, reference) => answer.trim() === reference.trim()),
};

function sameJson(answer: string, reference: string): boolean {
  const sorted = (text: string): string =>
    JSON.stringify(Object.entries(JSON.parse(text) as object).sort(([a], [b]) => (a < b ? -1 : 1)));
  try {
    return sorted(answer) === sorted(reference);
  } catch {
    return false;
  }
}

function passes(task: CodeTask, answer: string): boolean {
  const source = `${task.tests.before}${answer}\n${task.tests.after}`;
  const { code, errors } = transformSync("task.ts", source);
  if (errors.length > 0) return false;
  // what a model writes may not touch the machine
  const { status } = spawnSync(process.execPath, ["--experimental-permission", "--no-warnings", "-e", code], {
    timeout: 1000 * TEST_SECONDS,
    stdio: "ignore",
  });
  return status === 0;
}

async function examine(data: string | readonly Row[], metric: Metric): Promise<Record<string, Score>> {
  const evaluator = new Evaluator({ model: models, data, metrics: [metric], maxNewTokens: 200 });
  const { scores } = await evaluator.run();
  return Object.fromEntries(
    Object.entries(scores).map(([model, byMetric]) => [model, byMetric[metric.name]]),
  );
}

const report: Record<string, Record<string, Score>> = {};
for (const [skill, metric] of Object.entries(CHECKS))
  report[skill] = await examine(join(INSTRUCT_FOLDER, `examine-${skill}.jsonl`), metric);

const tasks = generateCode({ count: CODE_TASKS, split: "test", languages: ["typescript"] });
const bySolution = new Map(tasks.map((task) => [task.solution.trim(), task]));
report["code"] = await examine(
  tasks.map(({ prompt, solution }) => ({
    messages: [
      { role: "user", content: prompt.trim() },
      { role: "assistant", content: solution.trim() },
    ],
  })),
  rightAnswers("pass@1", (answer, reference) => passes(bySolution.get(reference)!, answer)),
);
for (const [skill, scores] of Object.entries(report))
  for (const [model, { value, ci95, n }] of Object.entries(scores))
    console.log(
      `${skill}  ${model}  ${value.toFixed(3)} [${ci95.map((x) => x.toFixed(3)).join(", ")}], ${n} questions`,
    );
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
