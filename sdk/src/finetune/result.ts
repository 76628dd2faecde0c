import type { LanguageModel } from "../models/index.js";
import type { EvalEvent, StepEvent, TrainPlan } from "./options.js";

/** What a fine-tuning run gives back. */
export interface FineTuneResult {
  readonly runId: string;
  /** The trained model, ready to generate, evaluate, quantize and serve. */
  readonly model: LanguageModel;
  /** What was written: a PEFT adapter folder, or a whole Hugging Face folder after full fine-tuning. */
  readonly adapter: {
    readonly path: string;
    readonly bytes: number;
    readonly format: "peft-safetensors" | "huggingface";
  };
  readonly plan: TrainPlan;
  readonly history: readonly StepEvent[];
  readonly evals: readonly EvalEvent[];
  /** The evaluation with the lowest held-out loss. */
  readonly best: EvalEvent | undefined;
  /** run.json: options, data hash, seed, versions, machine. */
  readonly record: string;
  /** A plain model with the adapter folded into its weights. */
  merge(): Promise<LanguageModel>;
}
