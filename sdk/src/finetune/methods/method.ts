import type { Variable } from "../../graph/index.js";
import type { LanguageModel } from "../../models/index.js";
import type { ParameterGroup } from "../../optim/index.js";

/** A model prepared for training by one method. */
export interface Prepared {
  /** The model to train: shares what does not change with the base. */
  readonly model: LanguageModel;
  readonly trainable: readonly Variable[];
  readonly defaultRate: number;
  /** Parameters with a rate of their own. */
  readonly groups: readonly ParameterGroup[];
  /** Writes what was learned, atomically, in the field's format. */
  save(folder: string, beside: Readonly<Record<string, string>>): Promise<void>;
  readonly format: "peft-safetensors" | "huggingface";
  /** `hashWeights` of what stays as it is, and what is learned is for; full fine-tuning leaves nothing. */
  baseHash?(): Promise<string | undefined>;
  /** A plain model with the change folded into its weights. */
  merge(): Promise<LanguageModel>;
}
