import type { Tensor } from "../graph/index.js";
import { add, crossEntropy, mul, reshape, slice } from "../ops/index.js";

/** Targets of this value do not count, as in Hugging Face's heads. */
export const IGNORED = -100;

/** Mean cross-entropy of the targets that count. @param logits […, C] @param targets int32 […] */
export const countedLoss = (logits: Tensor, targets: Tensor): Tensor =>
  crossEntropy(logits, targets, { ignoreIndex: IGNORED });

/** The mean of both ends' cross-entropies over the tokens. @param logits [B, T, 2] @param spans int32 [B, 2] */
export function spanLoss(logits: Tensor, spans: Tensor): Tensor {
  const [batch, time] = logits.shape;
  const end = (side: number): Tensor =>
    crossEntropy(
      reshape(slice(logits, side, side + 1, 2), [batch, time]),
      reshape(slice(spans, side, side + 1, 1), [batch]),
    );
  return mul(add(end(0), end(1)), 0.5);
}
