import type { Example } from "../data/index.js";
import type { Block, LanguageModel, Mixer } from "../models/index.js";
import { sizeOf } from "../tensor/index.js";
import type { Prepared } from "./methods/method.js";
import type { MemoryPlan, RunOptions, TrainPlan } from "./options.js";
import type { Base, TrainingSet } from "./prepare.js";

const FLOAT = 4;
const PREVIEW_ROWS = 3;
/** Flop per second that small models reach on few cores: the bounds of the time range. */
const SPEED = { low: 10e9, high: 200e9 };

export interface Sizes {
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

/** Step counts that follow from the options. */
export function sizesOf(train: TrainingSet, run: RunOptions): Sizes {
  const batchSize = Math.min(run.batchSize ?? 16, train.items.length);
  const stepsPerEpoch = Math.ceil(train.items.length / batchSize);
  const steps = run.maxSteps ?? (run.epochs ?? 1) * stepsPerEpoch;
  return {
    batchSize,
    microBatchSize: Math.min(run.microBatchSize ?? batchSize, batchSize),
    steps,
    stepsPerEpoch,
  };
}

/** What a run would do, without doing it. */
export function describePlan(
  base: Base,
  prepared: Prepared,
  data: { readonly train: TrainingSet; readonly evaluation: TrainingSet | undefined },
  sizes: Sizes & { readonly stateBytes: number },
): TrainPlan {
  const { model, trainable } = prepared;
  const trainableCount = trainable.reduce((sum, p) => sum + sizeOf(p.shape), 0);
  const { counts, examples } = data.train;
  const length = meanLength(examples);
  const total = model.paramCount + (prepared.format === "peft-safetensors" ? trainableCount : 0);
  const flop = 6 * model.paramCount * length * sizes.batchSize * sizes.steps;
  return {
    model: {
      id: base.model.id,
      substituted: base.substituted,
      params: total,
      trainable: trainableCount,
      trainablePct: (100 * trainableCount) / total,
    },
    data: {
      ...counts,
      evalRows: data.evaluation?.counts.kept ?? 0,
      maskedPct: 100 * (1 - counts.learnedTokens / counts.tokens),
      preview: examples.slice(0, PREVIEW_ROWS).map((example) => showMask(model, example)),
    },
    memory: planMemory(prepared, trainableCount, sizes, Math.max(...examples.map(({ ids }) => ids.length))),
    steps: sizes.steps,
    stepsPerEpoch: sizes.stepsPerEpoch,
    etaMs: [(1000 * flop) / SPEED.high, (1000 * flop) / SPEED.low],
  };
}

const meanLength = (examples: readonly Example[]): number =>
  examples.reduce((sum, { ids }) => sum + ids.length, 0) / examples.length;

/** Weights, gradients and the optimizer's state are exact; activations are a count of the tensors a backward pass keeps. */
function planMemory(
  { model, format }: Prepared,
  trainable: number,
  { microBatchSize, stateBytes }: { readonly microBatchSize: number; readonly stateBytes: number },
  longest: number,
): MemoryPlan {
  const { width, vocabSize } = model.config;
  const tokens = microBatchSize * longest;
  const ofLayer = ({ mixer }: Block): number => 16 * width + mixed(mixer, longest);
  const ofLayers = model.network.blocks.reduce((sum, block) => sum + ofLayer(block), 0);
  const parts = {
    weights: FLOAT * model.paramCount,
    adapter: format === "peft-safetensors" ? FLOAT * trainable : 0,
    gradients: FLOAT * trainable,
    optimizer: stateBytes,
    activations: FLOAT * tokens * (ofLayers + 2 * vocabSize),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

/** Numbers that a mixer keeps for each token: scores and probabilities, or the states a recurrence went through. */
const mixed = (mixer: Mixer, longest: number): number =>
  "states" in mixer
    ? mixer.states.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    : 2 * mixer.heads * longest;

/** The decoded example; what is learned stands in ⟦…⟧. */
function showMask({ tokenizer }: LanguageModel, { ids, lossMask }: Example): string {
  let text = "";
  for (let start = 0; start < ids.length;) {
    let end = start;
    while (end < ids.length && lossMask[end] === lossMask[start]) end++;
    const piece = tokenizer!.decode(ids.subarray(start, end));
    text += lossMask[start] ? `⟦${piece}⟧` : piece;
    start = end;
  }
  return text;
}
