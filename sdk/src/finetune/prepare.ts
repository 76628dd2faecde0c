import {
  collate,
  loadRows,
  PackedTokens,
  prepareExamples,
  splitRows,
  type Batch,
  type DatasetRef,
  type Example,
  type ExampleCounts,
  type Indexed,
  type TokenArray,
} from "../data/index.js";
import { GradlabError } from "../errors.js";
import { isProxy, type LanguageModel, openModel } from "../models/index.js";
import { prepareFull } from "./methods/full.js";
import { prepareLora } from "./methods/lora.js";
import type { Prepared } from "./methods/method.js";
import type { AdapterType, FineTunerOptions, FullOptions, LoraOptions, RunOptions } from "./options.js";

/** Rows of one shape are padded to a multiple of this, so that few programs serve all lengths. */
const LENGTH_STEP = 32;
const DEFAULT_MAX_LENGTH = 512;

/** Items that can be batched, however the objective made them. */
export interface TrainingSet {
  readonly items: Indexed<unknown>;
  readonly counts: ExampleCounts;
  readonly fingerprint: string;
  readonly examples: readonly Example[];
  readonly batch: (items: readonly unknown[]) => Batch;
}

export interface Base {
  readonly model: LanguageModel;
  readonly substituted: boolean;
}

/** @throws what loadModel throws, unless a stand-in was asked for */
export async function loadBase({
  baseModel,
  dtype = "float32",
  ...named
}: FineTunerOptions<AdapterType>): Promise<Base> {
  const model = await openModel(baseModel, named, { dtype });
  return { model, substituted: typeof baseModel === "string" && isProxy(model) };
}

export function prepareMethod(
  base: LanguageModel,
  options: FineTunerOptions<AdapterType>,
): Promise<Prepared> {
  const { adapterType = "lora", adapter = {}, seed = 42 } = options;
  if (adapterType === "lora") return Promise.resolve(prepareLora(base, adapter as LoraOptions, seed));
  if (adapterType === "full") return prepareFull(base, adapter as FullOptions);
  throw new GradlabError("E_CONFIG", `There is no adapter type "${String(adapterType)}".`, {
    where: "adapterType",
    hint: 'Use "lora" or "full".',
  });
}

/** The training rows and the held-out ones, tokenized. */
export async function prepareData(
  model: LanguageModel,
  options: FineTunerOptions<AdapterType>,
  run: RunOptions,
): Promise<{ train: TrainingSet; evaluation: TrainingSet | undefined }> {
  const { tokenizer } = model;
  if (!tokenizer) {
    throw new GradlabError("E_TOKENIZER", `${model.id} has no tokenizer, so text cannot become tokens.`, {
      hint: "Put tokenizer.json beside the weights.",
    });
  }
  const maxLength = Math.min(run.maxLength ?? DEFAULT_MAX_LENGTH, model.config.maxPositions);
  const packed = options.task === "pretrain";
  const read = async (source: DatasetRef): Promise<TrainingSet> => {
    const prepared = await prepareExamples(source, tokenizer, {
      ...(packed ? {} : { maxLength }),
      lossOn: packed ? "all" : (run.lossOn ?? "completion"),
      ...(options.fields ? { fields: options.fields } : {}),
    });
    return packed ? pack(prepared, maxLength) : pad(prepared, tokenizer.padId ?? 0);
  };
  const { evalData, trainingData, seed = 42 } = options;
  if (evalData === undefined) return { train: await read(trainingData), evaluation: undefined };
  if (typeof evalData === "object" && "fraction" in evalData) {
    const rows = await loadRows(trainingData, options.fields ? { fields: options.fields } : {});
    const parts = splitRows(rows, { fraction: evalData.fraction, seed });
    return { train: await read(parts.train), evaluation: await read(parts.test) };
  }
  return { train: await read(trainingData), evaluation: await read(evalData) };
}

type Examples = Awaited<ReturnType<typeof prepareExamples>>;

function pad({ examples, counts, fingerprint }: Examples, padId: number): TrainingSet {
  const batch = (items: readonly unknown[]): Batch =>
    collate(items as readonly Example[], { padId, multipleOf: LENGTH_STEP });
  return { items: examples, counts, fingerprint, examples, batch };
}

function pack({ examples, counts, fingerprint }: Examples, windowLength: number): TrainingSet {
  const tokens = new Int32Array(counts.tokens);
  let at = 0;
  for (const { ids } of examples) {
    tokens.set(ids, at);
    at += ids.length;
  }
  const length = Math.min(windowLength, Math.max(1, tokens.length - 1));
  const windows = new PackedTokens(tokens, length);
  const batch = (items: readonly unknown[]): Batch => stack(items as readonly TokenArray[], length);
  return { items: windows, counts, fingerprint, examples, batch };
}

function stack(windows: readonly TokenArray[], length: number): Batch {
  const inputIds = new Int32Array(windows.length * length);
  const targets = new Int32Array(windows.length * length);
  windows.forEach((window, row) => {
    inputIds.set(window.subarray(0, length), row * length);
    targets.set(window.subarray(1), row * length);
  });
  return {
    inputIds,
    targets,
    weights: new Float32Array(inputIds.length).fill(1),
    batchSize: windows.length,
    length,
  };
}

/** All batches of a set for evaluation; rows of like length stand together, so that little is padding. */
export function batchesOf({ items, batch }: TrainingSet, size: number): Batch[] {
  const all = Array.from({ length: items.length }, (_, i) => items.at(i)!);
  all.sort((a, b) => lengthOf(a) - lengthOf(b));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    batch(all.slice(i * size, (i + 1) * size)),
  );
}

/** Tokens of an example; windows are all alike. */
export const lengthOf = (item: unknown): number => (item as Partial<Example>).ids?.length ?? 0;
