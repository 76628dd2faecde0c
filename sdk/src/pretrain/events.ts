import type { StepEvent } from "../finetune/index.js";

/** What a held-out file said. */
export interface HeldOutScore {
  /** Nats per token. */
  readonly loss: number;
  /** Bits per byte of its text: comparable between tokenizers. Not where only hidden tokens are predicted. */
  readonly bitsPerByte?: number;
  /** Tokens read. */
  readonly tokens: number;
}

export interface PretrainEvalEvent {
  readonly type: "eval";
  readonly step: number;
  /** Trained tokens so far. */
  readonly tokens: number;
  /** Nats per token of the first held-out file. */
  readonly loss: number;
  readonly heldOut: Readonly<Record<string, HeldOutScore>>;
  /** Mean training loss since the last evaluation, nats per token. */
  readonly trainLoss?: number;
  /** Mean since the last evaluation. */
  readonly tokensPerSecond?: number;
  /** Flop of the model per second, divided by `peakFlops`: model flop utilization (Chowdhery et al. 2022, appendix B). */
  readonly mfu?: number;
}

export type PretrainEvent =
  | {
      readonly type: "start";
      readonly parameters: number;
      readonly steps: number;
      readonly tokensPerStep: number;
      /** Flop per second of large products, measured before the first step. */
      readonly peakFlops: number;
      /** What `hashWeights` gives of the teacher, where one teaches whose weights are not in blocks. */
      readonly teacherWeights?: string;
      readonly resumedFrom?: number;
    }
  | StepEvent
  | PretrainEvalEvent
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly type: "done"; readonly step: number; readonly path: string };

export interface PretrainResult {
  /** Folder of the model. */
  readonly path: string;
  readonly step: number;
  /** False when the time given ran out first: run the same recipe again to go on. */
  readonly finished: boolean;
  readonly heldOut: Readonly<Record<string, HeldOutScore>>;
  readonly evals: readonly PretrainEvalEvent[];
}
