import type { Batch } from "../data/index.js";
import { compile } from "../engine/index.js";
import { fromArray, grad, type Tensor, type Variable } from "../graph/index.js";
import type { LanguageModel } from "../models/index.js";
import { mean, mul, reshape, sum } from "../ops/index.js";
import { globalNorm, GradientAccumulator, type Optimizer } from "../optim/index.js";
import { hostArray } from "../tensor/index.js";

export interface StepOptions {
  /** Bound of the global gradient norm; infinity leaves gradients alone. */
  readonly clipNorm: number;
}

export interface StepResult {
  /** Mean over the counted tokens of all micro-batches, nats. */
  readonly loss: number;
  readonly gradNorm: number;
  /** Tokens that counted. */
  readonly tokens: number;
}

type LossAndNorm = { readonly loss: Tensor; readonly norm: Tensor };

/**
 * One optimizer step over one or more micro-batches: forward, backward, clipping and update compiled
 * into one program (two when gradients are accumulated).
 *
 * The loss is Σ wᵢ·nllᵢ / Σ wᵢ over *all* micro-batches: each counted token weighs the same, however
 * the batch is cut (unlike a mean of micro-batch means).
 */
export class TrainStep {
  readonly #fused: (...args: Tensor[]) => Promise<LossAndNorm>;
  readonly #accumulate: (...args: Tensor[]) => Promise<Tensor>;
  readonly #applySum: () => Promise<Tensor>;
  readonly #sums: GradientAccumulator;

  constructor(
    readonly model: LanguageModel,
    readonly parameters: readonly Variable[],
    readonly optimizer: Optimizer,
    readonly options: StepOptions,
  ) {
    this.#sums = new GradientAccumulator(parameters);
    this.#fused = compile((ids: Tensor, targets: Tensor, weights?: Tensor) => {
      const loss = lossOf(model, ids, targets, weights);
      return { loss, norm: this.#update(grad(loss, parameters)) };
    });
    this.#accumulate = compile((ids: Tensor, targets: Tensor, weights?: Tensor) => {
      const loss = lossOf(model, ids, targets, weights);
      this.#sums.add(grad(loss, parameters));
      return loss;
    });
    this.#applySum = compile(() => this.#sums.take((gradients) => this.#update(gradients)));
  }

  /** @param batches the micro-batches of one step @param learningRate of this step */
  async run(batches: readonly Batch[], learningRate: number): Promise<StepResult> {
    this.optimizer.advance(learningRate);
    const tokens = batches.reduce((total, batch) => total + batch.weights.reduce((sum, w) => sum + w, 0), 0);
    if (batches.length === 1) {
      const { loss, norm } = await this.#fused(...feeds(batches[0], tokens));
      return { loss: await loss.item(), gradNorm: await norm.item(), tokens };
    }
    let loss = 0;
    for (const batch of batches) loss += await (await this.#accumulate(...feeds(batch, tokens, true))).item();
    const norm = await this.#applySum();
    return { loss, gradNorm: await norm.item(), tokens };
  }

  #update(gradients: readonly Tensor[]): Tensor {
    const { norm, scale } = globalNorm(gradients, this.options.clipNorm);
    this.optimizer.assign(gradients, scale);
    return norm;
  }
}

/** Mean over the rows without weights; Σ w·nll with weights that already add up to one. */
export function lossOf(model: LanguageModel, ids: Tensor, targets: Tensor, weights?: Tensor): Tensor {
  const losses = model.losses(ids, targets);
  return weights ? sum(mul(losses, reshape(weights, losses.shape))) : mean(losses);
}

/** A batch as tensors; weights are left out where every position counts, which saves work. */
export function feeds(batch: Batch, tokens: number, always = false): Tensor[] {
  const { inputIds, targets, weights, batchSize, length } = batch;
  const shape = [batchSize, length];
  const leaves = [fromArray(hostArray(inputIds, shape)), fromArray(hostArray(targets, shape))];
  if (!always && tokens === weights.length && weights.every((w) => w === 1)) return leaves;
  return [
    ...leaves,
    fromArray(
      hostArray(
        weights.map((w) => w / tokens),
        shape,
      ),
    ),
  ];
}
