import type { Batch } from "../../data/index.js";
import type { Tensor, Variable } from "../../graph/index.js";
import type { StoredModel } from "../../models/index.js";
import type { TextTokenizer } from "../../text/index.js";

/** −ln p of every target that counts. @param ids int32 [B, T] @param targets int32 [B, T] @returns lazy, of rank 1 */
export type Losses = (ids: Tensor, targets: Tensor) => Tensor;

/** A model and what it learns of token windows. */
export interface Learner {
  readonly model: StoredModel & {
    readonly parameters: ReadonlyMap<string, Variable>;
    readonly paramCount: number;
  };
  readonly tokenizer: TextTokenizer;
  /** What is minimized. */
  readonly losses: Losses;
  /** What is measured on held-out files. */
  readonly heldOut: Losses;
  /** What one trained token costs in a window of so many, for the utilization that is reported. */
  flopsPerToken(window: number): number;
  /** A batch of windows made ready; depends on nothing but its arguments. */
  prepare(batch: Batch, stream: number): Batch;
  /** The losses are those of the text's own tokens, one after another: bits per byte can be told. */
  readonly readsOn: boolean;
  /** What `hashWeights` gives of the model that teaches. */
  readonly teacherWeights?: string;
}
