import type { Tensor } from "../graph/index.js";
import { add } from "./add.js";
import type { Operand } from "./broadcast.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { reduceLosses, type LossOptions } from "./loss-options.js";
import { softplus } from "./softplus.js";
import { sub } from "./sub.js";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factor of each element's loss, broadcast. Default 1. */
  readonly weights?: Operand;
  /** Factor of the positive part, t ln σ(x), for rare positives. Default 1. */
  readonly positiveWeight?: Operand;
}

/**
 * Binary cross-entropy of logits, in nats: −t ln σ(x) − (1 − t) ln(1 − σ(x)), computed as softplus(x) − t·x, which
 * neither overflows nor rounds σ to 0 or 1.
 *
 * @param logits  x, any shape
 * @param targets t in 0 … 1, broadcast to the logits; gradients flow to both
 * @throws E_SHAPE; E_DTYPE
 * @source values: tests/golden/losses.json
 * @example binaryCrossEntropy(tensor([0, 0]), tensor([1, 0])) // ln 2 = 0.693…
 */
export function binaryCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const { positiveWeight, weights } = options;
  const losses =
    positiveWeight === undefined
      ? sub(softplus(logits), mul(targets, logits))
      : add(mul(sub(1, targets), softplus(logits)), mul(mul(targets, positiveWeight), softplus(neg(logits))));
  return reduceLosses(weights === undefined ? losses : mul(losses, weights), options);
}
