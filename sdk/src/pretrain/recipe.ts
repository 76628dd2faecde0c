import type { ConfigJson } from "../models/index.js";
import type { OptimizerName, ScheduleName } from "../optim/index.js";

/** One part of a run and what its batches are made of. */
export interface PhaseOptions {
  /** Part of all steps; the shares of all phases add up to 1. */
  readonly share: number;
  /** Weight of each source in a batch, by its name in `data`. */
  readonly mix: Readonly<Record<string, number>>;
}

/** The next token (the default). */
export interface CausalObjective {
  readonly name: "causal";
}

/** Hidden tokens, as BERT: `config` is an encoder's, the tokenizer has a token [MASK]. */
export interface MaskedObjective {
  readonly name: "masked";
  /** Part of the positions that is asked for. Default 0.15. */
  readonly share?: number;
}

/** A teacher's expectations, and the next token. */
export interface DistillObjective {
  readonly name: "distill";
  /** What `loadModel` loads; it has the student's tokenizer. */
  readonly teacher: string;
  /** Both distributions are softened by it. Default 1. */
  readonly temperature?: number;
  /** Part of the teacher in the loss, the rest is the next token's. Default 0.5. */
  readonly weight?: number;
}

export type PretrainObjective = CausalObjective | MaskedObjective | DistillObjective;

/**
 * Everything a pre-training run is made from: the content of a `train.yaml`. Paths are relative to that file, or absolute.
 *
 * The same recipe over the same files gives the same model on the same machine and number of threads.
 */
export interface PretrainRecipe {
  /** The model's name in reports. */
  readonly id: string;
  /** config.json's content: the shape of the model, its weights drawn from `seed`. */
  readonly config: ConfigJson;
  /** What is learned. Default: the next token. */
  readonly objective?: PretrainObjective;
  /** Folder of tokenizer.json; saved with the model. */
  readonly tokenizer: string;
  /** Checkpoints, log, curve and the model. Default `runs/<name>` in the working directory. */
  readonly outputDir?: string;
  /** Files of little-endian uint16 token ids, documents parted by the end-of-text token. */
  readonly data: Readonly<Record<string, string>>;
  /** What the user runs to make the files of `data`; told when one is missing. */
  readonly prepare?: string;
  /** Default: one phase with all sources of `data` in equal parts. */
  readonly phases?: readonly PhaseOptions[];
  /** Files like those of `data` whose loss is measured, never learned. */
  readonly heldOut?: Readonly<Record<string, string>>;
  /** Predictions in a row. */
  readonly window: number;
  /** Rows of a step. */
  readonly batchSize: number;
  readonly steps: number;
  /** Decides the first weights and the order of the data. Default 42. */
  readonly seed?: number;
  /** `name` and the options of that optimizer, such as `weightDecay`. Default AdamW. */
  readonly optimizer?: { readonly name: OptimizerName; readonly [option: string]: unknown };
  readonly learningRate: number;
  /** Behind a linear rise over `warmup` steps; `floor` is what remains at the end. Default: cosine, no warm-up, 0. */
  readonly schedule?: {
    readonly name: ScheduleName;
    readonly warmup?: number;
    readonly floor?: number;
    /** wsd: part of all steps that the final decay takes. Default 0.2. */
    readonly decayShare?: number;
  };
  /** Bound of the global gradient norm. Default 1. */
  readonly clipNorm?: number;
  /** Steps between evaluations. Default: a twentieth of the run. */
  readonly evalEvery?: number;
  /** Rows of each held-out file in an evaluation on the way; at the end all count. Default 192. */
  readonly evalRows?: number;
  /** Seconds between checkpoints. Default 120. */
  readonly checkpointSeconds?: number;
  /** How the finished model is stored. Default float32. */
  readonly dtype?: "float32" | "float16" | "bfloat16";
}
