import type { Batch } from "../data/index.js";
import { compile } from "../engine/index.js";
import type { Tensor } from "../graph/index.js";
import { feeds, lossOf, type TokenLearner } from "./train-step.js";

/**
 * Held-out loss: −Σ w·ln p / Σ w over all batches, nats per counted token.
 *
 * @example (await new HeldOut(model).loss(batches)).loss // 3.21
 */
export class HeldOut {
  readonly #loss: (...args: Tensor[]) => Promise<Tensor>;

  constructor(model: TokenLearner) {
    this.#loss = compile((ids: Tensor, targets: Tensor, weights?: Tensor) =>
      lossOf(model, ids, targets, weights),
    );
  }

  /** @param before awaited before each batch: where a job pauses, or throws because it was cancelled */
  async loss(
    batches: readonly Batch[],
    before: () => Promise<void> = async () => {},
  ): Promise<{ loss: number; tokens: number }> {
    let nats = 0;
    let tokens = 0;
    for (const batch of batches) {
      const counted = batch.weights.reduce((sum, w) => sum + w, 0);
      if (counted === 0) continue;
      await before();
      nats += counted * (await (await this.#loss(...feeds(batch, counted))).item());
      tokens += counted;
    }
    return { loss: nats / tokens, tokens };
  }
}
