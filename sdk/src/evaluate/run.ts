import { environment, sha256 } from "../artifacts/index.js";
import { readRows, type Row } from "../data/index.js";
import { GradlabError } from "../errors.js";
import type { JobContext } from "../job/index.js";
import { openModel, proxyWarnings, type LanguageModel } from "../models/index.js";
import { tokenizerOf } from "./encode-rows.js";
import type { EvalEvent, EvalSample } from "./events.js";
import { failedConditions } from "./gate.js";
import type { Metric, Score } from "./metrics/index.js";
import { checkFit, modelsOf, type EvaluationGate, type EvaluatorOptions } from "./options.js";
import { EvalReport, type Provenance } from "./report.js";
import { collectSamples, scoreSamples } from "./score-model.js";

/** What an Evaluator was told. */
export interface Task {
  readonly options: EvaluatorOptions;
  readonly metrics: readonly Metric[];
  readonly gate: EvaluationGate;
  readonly onFail: "throw" | "warn";
}

/** The whole flow: read, score model by model, judge. */
export async function evaluateAll(task: Task, context: JobContext<EvalEvent>): Promise<EvalReport> {
  const { options, metrics } = task;
  const rows = await readLimited(options);
  checkFit(metrics, rows);
  const scores: Record<string, Record<string, Score>> = {};
  const samples: Record<string, readonly EvalSample[]> = {};
  const tokenizers: Record<string, string> = {};
  const refs = modelsOf(options);
  for (const [index, ref] of refs.entries()) {
    const model = await openModel(ref, options);
    proxyWarnings(model).forEach(context.emit);
    const name = freeName(model.id, scores);
    tokenizers[name] = fingerprint(model);
    context.emit({ type: "task", name, index, of: refs.length });
    samples[name] = await collectSamples(model, rows, metrics, options, context);
    for (const sample of samples[name]) context.emit({ type: "sample", model: name, ...sample });
    scores[name] = scoreSamples(samples[name], metrics, options);
    context.emit({ type: "partial", model: name, metrics: scores[name] });
    await context.pausePoint();
  }
  const failed = failedConditions(task.gate, scores);
  const report = new EvalReport({
    scores,
    samples,
    metrics,
    metricOptions: options.metricOptions ?? {},
    provenance: await provenanceOf(options, rows, tokenizers),
    gate: { passed: failed.length === 0, failed },
  });
  judge(task, report, context);
  context.emit({ type: "done", report });
  return report;
}

async function readLimited({ data, fields, limit = Infinity }: EvaluatorOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(data, fields ? { fields } : {})) {
    rows.push(row);
    if (rows.length >= limit) break;
  }
  return rows;
}

/** Two models of one name are told apart by a number. */
function freeName(id: string, taken: Readonly<Record<string, unknown>>): string {
  let name = id;
  for (let n = 2; Object.hasOwn(taken, name); n++) name = `${id}#${n}`;
  return name;
}

const fingerprint = (model: LanguageModel): string =>
  sha256(JSON.stringify(tokenizerOf(model).toJSON())).slice(0, 16);

async function provenanceOf(
  { scoring = "loglikelihood", maxNewTokens = 64, seed = 42 }: EvaluatorOptions,
  rows: readonly Row[],
  tokenizers: Readonly<Record<string, string>>,
): Promise<Provenance> {
  return {
    dataHash: sha256(JSON.stringify(rows)),
    rows: rows.length,
    template: rows.some((row) => "messages" in row) ? "chatml" : "none",
    tokenizers,
    scoring,
    maxNewTokens,
    seed,
    environment: await environment({ seed }),
  };
}

/** @throws E_QUALITY_GATE unless the gate only warns */
function judge({ onFail }: Task, report: EvalReport, context: JobContext<EvalEvent>): void {
  const { passed, failed } = report.gate;
  if (passed) return;
  const sentence = `The gate is not met: ${failed.join("; ")}.`;
  const hint = "report.worst(10) shows where; the report is in the error's details.";
  if (onFail === "throw") throw new GradlabError("E_QUALITY_GATE", sentence, { hint, details: { report } });
  context.emit({ type: "warning", code: "W_QUALITY_GATE", message: sentence, hint });
}
