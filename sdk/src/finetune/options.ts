import type { DatasetRef, ExampleCounts, ReadOptions } from "../data/index.js";
import type { LanguageModel, NamedModelOptions, WeightType } from "../models/index.js";
import type { OptimizerName, ScheduleName } from "../optim/index.js";

export interface LoraOptions {
  /** Rank of the change. Default 16. */
  readonly r?: number;
  /** The change is scaled by alpha / r. Default 32. */
  readonly alpha?: number;
  /** Multiplies the learning rate of every B, which starts at zero (LoRA+, Hayou et al. 2024: 16). Default 1. */
  readonly plusRatio?: number;
  /**
   * Linear layers to adapt: all but the head (default), name endings, or a pattern over full names. Of Mamba, the
   * default leaves out_proj alone as well, as PEFT does.
   */
  readonly targetModules?: "all-linear" | readonly string[] | RegExp;
}

export interface FullOptions {
  /** Parameters left as they are: name beginnings. Default none. */
  readonly freeze?: readonly string[];
}

export interface AdapterOptions {
  readonly lora: LoraOptions;
  readonly full: FullOptions;
}

export type AdapterType = keyof AdapterOptions;

/** sft learns completions and assistant turns; pretrain learns every token of packed windows. */
export type Objective = "sft" | "pretrain";

export interface FineTunerOptions<A extends AdapterType = "lora"> extends NamedModelOptions {
  /** A model folder, the id of a shipped model, or a live model (which is left unchanged). */
  readonly baseModel: string | LanguageModel;
  /** Rows {"text"}, {"prompt","completion"} or {"messages"}: a file, or rows in memory. */
  readonly trainingData: DatasetRef;
  /**
   * How the weights of a folder are held: "float32" (default), or "stored", which keeps half-precision matrices as they
   * are, at half the memory: for LoRA, which does not change them.
   */
  readonly dtype?: WeightType;
  /** Default "lora". */
  readonly adapterType?: A;
  readonly adapter?: AdapterOptions[A];
  /** Held-out rows, or the share of the training rows to hold out; rows of one text stay in one part. Default: none. */
  readonly evalData?: DatasetRef | { readonly fraction: number };
  /** Default "sft". */
  readonly task?: Objective;
  /** Renames the data's fields. */
  readonly fields?: ReadOptions["fields"];
  /** Decides initial adapters and the order of the data. Default 42. */
  readonly seed?: number;
  /** Checkpoints and results. Default runs/<model>-<adapter>. */
  readonly outputDir?: string;
}

export interface RunOptions {
  /** Passes over the data. Default 1; ignored when maxSteps is given. */
  readonly epochs?: number;
  readonly maxSteps?: number;
  /** Examples of one optimizer step. Default 16. */
  readonly batchSize?: number;
  /** Examples of one forward pass; gradients are accumulated up to batchSize. Default batchSize. */
  readonly microBatchSize?: number;
  /** "adamw" (default), "adamw8bit", "sgd" (momentum 0.9), "lion", "adafactor" or "muon". */
  readonly optimizer?: OptimizerName;
  /** Peak rate. "auto" (default) is 1e-3 for LoRA and 3e-4 for full fine-tuning, times 100 for sgd and 0.2 for lion. */
  readonly learningRate?: number | "auto";
  /** How the rate moves behind the warm-up; see learningRateAt. Default "cosine". */
  readonly schedule?: ScheduleName;
  /** Steps of rise, or a share such as "3%". Default "3%" ("30%" for one-cycle). */
  readonly warmup?: number | `${number}%`;
  /** Default 0.01, on matrices only. */
  readonly weightDecay?: number;
  /** Bound of the global gradient norm. Default 1. */
  readonly clipNorm?: number;
  /**
   * Factor of the load-balancing loss that training adds for a model with experts (Mixtral); 0 leaves it out. Default:
   * `router_aux_loss_coef` of config.json. Padding counts like tokens.
   */
  readonly routerAuxLossCoef?: number;
  /**
   * Decay δ of an exponential moving average of what is trained, such as 0.999, which is evaluated and saved in place of
   * the last step's weights; the first steps keep less, (1+n)/(10+n). Costs 4 bytes a parameter. Default: none.
   */
  readonly ema?: number;
  /** Tokens of an example; longer ones are cut and counted. Default: the model's positions, at most 512. */
  readonly maxLength?: number;
  /** Default "completion". */
  readonly lossOn?: "completion" | "all";
  /** Steps between evaluations. Default: a fifth of the run. */
  readonly evalEvery?: number;
  /** Steps between checkpoints, or seconds such as "60s". Default "60s". */
  readonly checkpointEvery?: number | `${number}s`;
  /** Continue from the newest whole checkpoint in outputDir. Default false: start anew. */
  readonly resume?: boolean;
  /** "best" gives back the weights of the lowest held-out loss. Default "last". */
  readonly keep?: "last" | "best";
  readonly signal?: AbortSignal;
}

export interface StepEvent {
  readonly type: "step";
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  /** Mean over the learned tokens of the step, nats. */
  readonly loss: number;
  /** The load-balancing loss, before its factor, where it is added. */
  readonly balanceLoss?: number;
  readonly learningRate: number;
  readonly gradNorm: number;
  /** Learned tokens. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly etaMs: number;
}

export interface EvalEvent {
  readonly type: "eval";
  readonly step: number;
  /** Nats per learned token of the held-out rows. */
  readonly loss: number;
  readonly perplexity: number;
  readonly tokens: number;
  readonly isBest: boolean;
}

export type TrainEvent =
  | { readonly type: "start"; readonly plan: TrainPlan; readonly resumedFrom?: number }
  | { readonly type: "warning"; readonly code: string; readonly message: string; readonly hint: string }
  | StepEvent
  | EvalEvent
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly type: "done"; readonly step: number; readonly path: string };

/** Bytes by what they hold. */
export interface MemoryPlan {
  readonly weights: number;
  readonly adapter: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly activations: number;
  readonly total: number;
}

export interface TrainPlan {
  readonly model: {
    readonly id: string;
    readonly substituted: boolean;
    readonly params: number;
    readonly trainable: number;
    readonly trainablePct: number;
  };
  readonly data: ExampleCounts & {
    readonly evalRows: number;
    readonly maskedPct: number;
    /** Decoded rows with the learned part in ⟦…⟧: what is outside is read, not learned. */
    readonly preview: readonly string[];
  };
  readonly memory: MemoryPlan;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** A rough range from the flop count; the first steps' etaMs is better. */
  readonly etaMs: readonly [low: number, high: number];
}
