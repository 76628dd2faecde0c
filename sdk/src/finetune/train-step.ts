import type { Batch } from "../data/index.js";
import { compile } from "../engine/index.js";
import { fromArray, grad, type Tensor, type Variable } from "../graph/index.js";
import { add, mean, mul, reshape, sum } from "../ops/index.js";
import { globalNorm, GradientAccumulator, type Ema, type Optimizer } from "../optim/index.js";
import { hostArray } from "../tensor/index.js";

export interface StepOptions {
  /** Bound of the global gradient norm; infinity leaves gradients alone. */
  readonly clipNorm: number;
  /** Factor of the load-balancing loss that is added for a model with experts. Default 0: none. */
  readonly routerAuxLossCoef?: number;
  /** Averages of the parameters that move with every step. Default: none. */
  readonly ema?: Ema;
}

export interface StepResult {
  /** Mean over the counted tokens of all micro-batches, nats. */
  readonly loss: number;
  /** The routers' load-balancing loss, before its factor, where it was added. */
  readonly balanceLoss?: number;
  readonly gradNorm: number;
  /** Tokens that counted. */
  readonly tokens: number;
}

/** What a step minimizes the losses of: a language model, or another learner of tokens. */
export interface TokenLearner {
  /** The loss of every target that counts. @param ids int32 [B, T] @param targets int32 [B, T] @returns lazy, of rank 1 */
  losses(ids: Tensor, targets: Tensor): Tensor;
  /** Of a model with experts: needed with `routerAuxLossCoef`. */
  routed?(ids: Tensor, targets: Tensor): { readonly losses: Tensor; readonly balanceLoss: Tensor };
}

type Losses = { readonly loss: Tensor; readonly balance?: Tensor };
type LossesAndNorm = Losses & { readonly norm: Tensor };

/**
 * One optimizer step over one or more micro-batches: forward, backward, clipping and update compiled
 * into one program (two when gradients are accumulated).
 *
 * The loss is Σ wᵢ·nllᵢ / Σ wᵢ over *all* micro-batches: each counted token weighs the same, however
 * the batch is cut (unlike a mean of micro-batch means). The load-balancing loss of a micro-batch counts by its share of
 * these tokens.
 */
export class TrainStep {
  readonly #fused: (...args: Tensor[]) => Promise<LossesAndNorm>;
  readonly #accumulate: (...args: Tensor[]) => Promise<Losses>;
  readonly #applySum: () => Promise<Tensor>;
  readonly #sums: GradientAccumulator;

  constructor(
    readonly model: TokenLearner,
    readonly parameters: readonly Variable[],
    readonly optimizer: Optimizer,
    readonly options: StepOptions,
  ) {
    this.#sums = new GradientAccumulator(parameters);
    const { routerAuxLossCoef: factor = 0 } = options;
    this.#fused = compile((ids: Tensor, targets: Tensor, weights?: Tensor) => {
      const { objective, ...losses } = objectiveOf(model, factor, ids, targets, weights);
      return { ...losses, norm: this.#update(grad(objective, parameters)) };
    });
    this.#accumulate = compile((ids: Tensor, targets: Tensor, weights?: Tensor) => {
      const { objective, ...losses } = objectiveOf(model, factor, ids, targets, weights);
      this.#sums.add(grad(objective, parameters));
      return losses;
    });
    this.#applySum = compile(() => this.#sums.take((gradients) => this.#update(gradients)));
  }

  /** @param batches the micro-batches of one step @param learningRate of this step */
  async run(batches: readonly Batch[], learningRate: number): Promise<StepResult> {
    this.optimizer.advance(learningRate);
    const tokens = batches.reduce((total, batch) => total + counted(batch), 0);
    if (batches.length === 1) {
      const { loss, balance, norm } = await this.#fused(...feeds(batches[0], tokens));
      const balanced = balance ? { balanceLoss: await balance.item() } : {};
      return { loss: await loss.item(), ...balanced, gradNorm: await norm.item(), tokens };
    }
    const sums = { loss: 0, balanceLoss: 0 };
    let balanced = false;
    for (const batch of batches) {
      const { loss, balance } = await this.#accumulate(...feeds(batch, tokens, true));
      sums.loss += await loss.item();
      if (balance) sums.balanceLoss += (counted(batch) / tokens) * (await balance.item());
      balanced ||= balance !== undefined;
    }
    const norm = await this.#applySum();
    const { loss, balanceLoss } = sums;
    return { loss, ...(balanced ? { balanceLoss } : {}), gradNorm: await norm.item(), tokens };
  }

  #update(gradients: readonly Tensor[]): Tensor {
    const { norm, scale } = globalNorm(gradients, this.options.clipNorm);
    this.optimizer.assign(gradients, scale);
    this.options.ema?.assign();
    return norm;
  }
}

const counted = ({ weights }: Batch): number => weights.reduce((total, w) => total + w, 0);

/** Mean over the rows without weights; Σ w·nll with weights that already add up to one. */
export const lossOf = (model: TokenLearner, ids: Tensor, targets: Tensor, weights?: Tensor): Tensor =>
  meanOf(model.losses(ids, targets), weights);

const meanOf = (losses: Tensor, weights?: Tensor): Tensor =>
  weights ? sum(mul(losses, reshape(weights, losses.shape))) : mean(losses);

/** What is minimized, and what it is made of. Of the balance loss, a micro-batch adds its share of the counted tokens. */
function objectiveOf(
  model: TokenLearner,
  factor: number,
  ids: Tensor,
  targets: Tensor,
  weights?: Tensor,
): Losses & { readonly objective: Tensor } {
  if (factor === 0 || !model.routed) {
    const loss = lossOf(model, ids, targets, weights);
    return { loss, objective: loss };
  }
  const { losses, balanceLoss: balance } = model.routed(ids, targets);
  const loss = meanOf(losses, weights);
  const added = mul(balance, factor);
  return { loss, balance, objective: add(loss, weights ? mul(added, sum(weights)) : added) };
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
