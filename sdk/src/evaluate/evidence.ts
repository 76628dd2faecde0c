import type { Row } from "../data/index.js";
import { GradlabError } from "../errors.js";
import type { JobContext } from "../job/index.js";
import { documentLikelihoods, type LanguageModel } from "../models/index.js";
import { completeAll } from "./complete-all.js";
import { answerTask, encodeRow, tokenizerOf, withAnswer } from "./encode-rows.js";
import type { EvalEvent } from "./events.js";
import type { LikelihoodSample } from "./metrics/index.js";
import { completionOf, type EvaluatorOptions } from "./options.js";

/** How a stage reports, stops and pauses. */
export type Stage = Pick<JobContext<EvalEvent>, "emit" | "pausePoint">;

const MOST_LABELS = 64;
const SLOTS = 8;

/** What the model's likelihood says about every row; undefined for a row with nothing to predict. */
export async function rateRows(
  model: LanguageModel,
  rows: readonly Row[],
  { batchSize }: EvaluatorOptions,
  { pausePoint }: Stage,
): Promise<(LikelihoodSample | undefined)[]> {
  const tokenizer = tokenizerOf(model);
  const encoded = rows.map((row) => encodeRow(row, tokenizer));
  const how = { onProgress: pausePoint, ...(batchSize === undefined ? {} : { batchSize }) };
  const found = await documentLikelihoods(model, encoded, how);
  return found.map(({ nats, tokens }, i) => {
    const { bytes, words } = encoded[i];
    return tokens === 0 ? undefined : { nats, tokens, bytes, words };
  });
}

/**
 * The candidate answer each row makes most likely.
 *
 * @throws E_CONFIG when the data has too many distinct answers to be labels
 */
export async function chooseLabels(
  model: LanguageModel,
  rows: readonly Row[],
  options: EvaluatorOptions,
  stage: Stage,
): Promise<string[]> {
  const labels = options.labels ?? distinctLabels(rows);
  const candidates = rows.flatMap((row) => labels.map((label) => withAnswer(row, label)));
  const rated = await rateRows(model, candidates, options, stage);
  const perByte = options.scoring === "loglikelihood_norm";
  const cost = (row: number, label: number): number => {
    const sample = rated[row * labels.length + label];
    if (sample === undefined) return Infinity;
    return perByte ? sample.nats / Math.max(1, sample.bytes ?? 1) : sample.nats;
  };
  return rows.map((_, row) => {
    const best = labels.reduce(
      (found, __, label) => (cost(row, label) < cost(row, found) ? label : found),
      0,
    );
    return labels[best];
  });
}

function distinctLabels(rows: readonly Row[]): string[] {
  const labels = [...new Set(rows.map((row) => completionOf(row)!))].sort();
  if (labels.length <= MOST_LABELS) return labels;
  throw new GradlabError(
    "E_CONFIG",
    `The data has ${labels.length} distinct completions, too many to be compared as labels.`,
    { hint: 'Give `labels`, use scoring: "generate", or a metric of texts such as exact_match.' },
  );
}

export interface WrittenAnswer {
  readonly text: string;
  readonly ms: number;
}

/** The answers the model writes, greedily. */
export async function writeAnswers(
  model: LanguageModel,
  rows: readonly Row[],
  { batchSize = SLOTS, maxNewTokens = 64 }: EvaluatorOptions,
  stage: Stage,
): Promise<WrittenAnswer[]> {
  const tokenizer = tokenizerOf(model);
  const tasks = rows.map((row, index) => answerTask(row, index, model));
  const answers: WrittenAnswer[] = [];
  let cut = 0;
  await completeAll(model, tasks, {
    maxNewTokens,
    slots: batchSize,
    beforeStep: stage.pausePoint,
    onAnswer: (answer, index) => {
      cut += answer.cut > 0 ? 1 : 0;
      answers[index] = { text: tokenizer.decode(answer.ids, { skipSpecialTokens: true }), ms: answer.ms };
    },
  });
  if (cut > 0) {
    stage.emit({
      type: "warning",
      code: "W_PROMPT_CUT",
      message: `${cut} of ${rows.length} prompts were longer than the ${model.config.maxPositions} positions of ${model.id}; their beginnings were left out.`,
      hint: "Shorten the prompts, or use a model with more positions.",
    });
  }
  return answers;
}
