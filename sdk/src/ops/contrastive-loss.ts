import { GradlabError } from "../errors.js";
import type { Tensor } from "../graph/index.js";
import { sameShape } from "../tensor/index.js";
import { add } from "./add.js";
import { arange } from "./arange.js";
import type { Operand } from "./broadcast.js";
import { unitVectors } from "./cosine-similarity.js";
import { crossEntropy } from "./cross-entropy.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { transpose } from "./transpose.js";

export interface ContrastiveOptions {
  /** Factor of the cosines, 1 / temperature; a tensor can be learned. Default 1/0.07. */
  readonly scale?: Operand;
  /** Whether b also has to find its a (CLIP), or only a its b (InfoNCE). Default true. */
  readonly symmetric?: boolean;
}

/**
 * Contrastive loss of N pairs: each a has to find its own b among all N by scaled cosine similarity,
 * −ln softmax(scale · cos(aᵢ, b))[i], and each b its a; the mean of both.
 *
 * @param a [N, D], b [N, D]: row i of each belongs together
 * @returns a scalar
 * @throws E_SHAPE with both shapes
 * @source van den Oord et al. 2018, eq. 4 (InfoNCE); Radford et al. 2021, fig. 3 (CLIP); values: tests/golden/losses.json
 * @example
 * const pairs = tensor([[1, 0], [0, 1]]);
 * contrastiveLoss(pairs, pairs, { scale: 1 }) // ln(1 + 1/e) = 0.3132
 */
export function contrastiveLoss(a: Tensor, b: Tensor, options: ContrastiveOptions = {}): Tensor {
  const { scale = 1 / 0.07, symmetric = true } = options;
  if (a.rank !== 2 || !sameShape(a.shape, b.shape)) {
    throw new GradlabError(
      "E_SHAPE",
      `contrastiveLoss: a ${a.toString()} and b ${b.toString()} are no pairs; expected [N, D] twice.`,
    );
  }
  const logits = mul(matmul(unitVectors(a), unitVectors(b), { transB: true }), scale);
  const own = arange(a.shape[0]);
  const forward = crossEntropy(logits, own);
  return symmetric ? mul(add(forward, crossEntropy(transpose(logits), own)), 0.5) : forward;
}
