import { GradlabError } from "../errors.js";
import { compile } from "../engine/index.js";
import { fromArray, type Tensor } from "../graph/index.js";
import { hostArray } from "../tensor/index.js";
import type { LanguageModel } from "./language-model.js";
import { blockTensors } from "./weights.js";

/** A text as tokens, and which of them count (1) or are only read (0). */
export interface TokenDocument {
  readonly ids: Int32Array;
  readonly lossMask: Uint8Array;
}

export interface DocumentLikelihood {
  /** −Σ ln p(token | all before it) over the counted tokens. */
  readonly nats: number;
  /** Counted tokens; the first token of a text has nothing before it and never counts. */
  readonly tokens: number;
}

export interface LikelihoodOptions {
  /** Rows in a run. Default: as many as keep the logits below 32 MiB. */
  readonly batchSize?: number;
  /** Called and awaited after each run with the documents' windows done so far; may throw to stop. */
  readonly onProgress?: (done: number, of: number) => void | Promise<void>;
}

/** Padded rows of one length: what a model reads at once. */
export interface WindowBatch {
  /** [rows, length] */
  readonly ids: Int32Array;
  readonly targets: Int32Array;
  readonly rows: number;
  readonly length: number;
  readonly windows: readonly Window[];
}

/** A stretch of a document that fits the model's positions. */
export interface Window {
  readonly document: number;
  readonly ids: Int32Array;
  /** 1 for each prediction that counts here; a prediction counts in one window only. */
  readonly counted: Uint8Array;
}

const LOGITS = 2 ** 23;
const SHORTEST = 16;
/** Positions of a window where the model sets no limit: the logits of a longer one would fill the memory. */
const ENDLESS = 2048;

/**
 * The log-likelihood a model gives to documents: the chain rule over their counted tokens.
 *
 * A document longer than the model's positions (2048 where it has no limit) is read in windows that overlap by half; each token counts in
 * the first window that has it, so with at least half the positions before it. Nothing is cut off.
 *
 * @returns nats and counted tokens of each document, in order
 * @throws E_INDEX for a token id outside the vocabulary
 * @example const [{ nats, tokens }] = await documentLikelihoods(model, [{ ids, lossMask }]); Math.exp(nats / tokens);
 */
export async function documentLikelihoods(
  model: LanguageModel,
  documents: readonly TokenDocument[],
  options: LikelihoodOptions = {},
): Promise<DocumentLikelihood[]> {
  const sums = documents.map(() => ({ nats: 0, tokens: 0 }));
  const batches = windowBatches(model, documents, options);
  const losses = lossesOf(model);
  const of = batches.reduce((count, { windows }) => count + windows.length, 0);
  let done = 0;
  for (const batch of batches) {
    const nats = await losses(batch);
    batch.windows.forEach(({ document, counted }, row) => {
      const sum = sums[document];
      counted.forEach((counts, t) => {
        if (counts === 0) return;
        sum.nats += nats[row * batch.length + t];
        sum.tokens++;
      });
    });
    done += batch.windows.length;
    await options.onProgress?.(done, of);
  }
  return sums;
}

/** −ln p of every position of a batch [rows · length], as a compiled function of it. */
function lossesOf(model: LanguageModel): (batch: WindowBatch) => Promise<ArrayLike<number>> {
  const program = compile((ids: Tensor, targets: Tensor) => model.losses(ids, targets), {
    constants: blockTensors(model),
  });
  return async ({ ids, targets, rows, length }) => {
    const shape = [rows, length];
    const losses = await program(fromArray(hostArray(ids, shape)), fromArray(hostArray(targets, shape)));
    return (await losses.data()) as Float32Array;
  };
}

/** Documents cut into windows, sorted by length and padded to a few lengths, so that few programs are compiled. */
export function windowBatches(
  model: LanguageModel,
  documents: readonly TokenDocument[],
  { batchSize }: LikelihoodOptions = {},
): WindowBatch[] {
  const { vocabSize } = model.config;
  const maxPositions = Number.isFinite(model.config.maxPositions) ? model.config.maxPositions : ENDLESS;
  const windows = documents.flatMap((document, index) => cut(document, index, maxPositions, vocabSize));
  const byLength = new Map<number, Window[]>();
  for (const window of windows) {
    const length = paddedLength(window.ids.length - 1, maxPositions);
    byLength.set(length, [...(byLength.get(length) ?? []), window]);
  }
  const lengths = [...byLength.keys()].sort((a, b) => a - b);
  return lengths.flatMap((length) => {
    const group = byLength.get(length)!;
    const most = batchSize ?? Math.max(1, Math.floor(LOGITS / (length * vocabSize)));
    const rows = Math.min(most, group.length);
    const starts = Array.from({ length: Math.ceil(group.length / rows) }, (_, i) => i * rows);
    return starts.map((start) => pad(group.slice(start, start + rows), rows, length));
  });
}

/** Powers of two up to the model's positions. */
const paddedLength = (needed: number, most: number): number =>
  Math.min(most, Math.max(SHORTEST, 2 ** Math.ceil(Math.log2(needed))));

function cut({ ids, lossMask }: TokenDocument, document: number, positions: number, vocab: number): Window[] {
  const foreign = ids.find((id) => id < 0 || id >= vocab);
  if (foreign !== undefined) {
    throw new GradlabError("E_INDEX", `Token id ${foreign} is outside the model's ${vocab} tokens.`, {
      hint: "Use the tokenizer that belongs to the model.",
    });
  }
  const windows: Window[] = [];
  const predictions = ids.length - 1;
  const stride = Math.max(1, Math.floor(positions / 2));
  for (let start = 0, seen = 0; seen < predictions; start += stride) {
    const end = Math.min(start + positions, predictions);
    const counted = lossMask.slice(start + 1, end + 1);
    counted.fill(0, 0, seen - start);
    if (counted.includes(1)) windows.push({ document, ids: ids.subarray(start, end + 1), counted });
    seen = end;
  }
  return windows;
}

/** Every batch of a length has the same number of rows; rows without a window repeat the first one. */
function pad(windows: readonly Window[], rows: number, length: number): WindowBatch {
  const ids = new Int32Array(rows * length);
  const targets = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const window = windows[row] ?? windows[0];
    ids.set(window.ids.subarray(0, -1), row * length);
    targets.set(window.ids.subarray(1), row * length);
  }
  return { ids, targets, rows, length, windows };
}

/** An estimate with its uncertainty; the shape of evaluate's Score. */
export interface LikelihoodScore {
  readonly value: number;
  readonly stderr: number;
  readonly ci95: readonly [low: number, high: number];
  /** Documents. */
  readonly n: number;
  readonly higherIsBetter: boolean;
}

const Z95 = 1.959963984540054;

/**
 * A ratio of sums over documents, r = Σ xᵢ / Σ yᵢ, with the delta method's standard error.
 *
 * se² = Σ (xᵢ − r·yᵢ)² / ((D − 1) · D · ȳ²). NaN for fewer than two documents.
 *
 * @source Cochran 1977, "Sampling Techniques", §6.3
 */
export function ratioOfSums(pairs: readonly (readonly [x: number, y: number])[]): {
  ratio: number;
  stderr: number;
} {
  const count = pairs.length;
  const [sumX, sumY] = pairs.reduce(([a, b], [x, y]) => [a + x, b + y], [0, 0]);
  const ratio = sumX / sumY;
  const squares = pairs.reduce((sum, [x, y]) => sum + (x - ratio * y) ** 2, 0);
  const stderr = count < 2 ? NaN : Math.sqrt(squares / (count - 1) / count) / (sumY / count);
  return { ratio, stderr };
}

/**
 * exp(Σ nats / Σ tokens) over documents, with a 95 % interval by the delta method on the logarithm, so that it
 * stays positive: exp(r ± 1.96·se(r)); stderr = value · se(r).
 *
 * @example perplexityOf([{ nats: 20, tokens: 10 }]).value // e² = 7.389…
 */
export function perplexityOf(documents: readonly DocumentLikelihood[]): LikelihoodScore {
  const { ratio, stderr } = ratioOfSums(documents.map(({ nats, tokens }) => [nats, tokens]));
  const value = Math.exp(ratio);
  const ci95 = [Math.exp(ratio - Z95 * stderr), Math.exp(ratio + Z95 * stderr)] as const;
  return { value, stderr: value * stderr, ci95, n: documents.length, higherIsBetter: false };
}

/** Σ nats / (ln 2 · Σ units): bits per byte, or per any other unit, with its interval by the delta method. */
export function bitsPer(
  documents: readonly { readonly nats: number; readonly units: number }[],
): LikelihoodScore {
  const { ratio, stderr } = ratioOfSums(documents.map(({ nats, units }) => [nats / Math.LN2, units]));
  const ci95 = [ratio - Z95 * stderr, ratio + Z95 * stderr] as const;
  return { value: ratio, stderr, ci95, n: documents.length, higherIsBetter: false };
}
