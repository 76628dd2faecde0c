import { Tensor } from "../graph/index.js";
import { abs } from "./abs.js";
import { equal } from "./equal.js";
import { max } from "./max.js";
import { pow } from "./pow.js";
import type { ReduceOptions } from "./reduce.js";
import { sqrt } from "./sqrt.js";
import { square } from "./square.js";
import { sum } from "./sum.js";
import { where } from "./where.js";

export interface NormOptions extends ReduceOptions {
  /** The exponent p of (Σ |x|ᵖ)^(1/p); Infinity gives the largest magnitude. Default 2. */
  readonly p?: number;
}

/**
 * The p-norm over axes (all by default): (Σ |x|ᵖ)^(1/p). The gradient of the Euclidean norm of zeros is 0.
 *
 * @throws E_INDEX for an axis outside the rank
 * @example tensor([3, -4]).norm() // 5
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  const { p = 2, ...over } = options;
  if (p === Infinity) return max(abs(x), over);
  if (p === 1) return sum(abs(x), over);
  if (p !== 2) return rooted(sum(pow(abs(x), p), over), (total) => pow(total, 1 / p));
  return rooted(sum(square(x), over), sqrt);
}

/** A root of a sum, without the infinite slope at 0. */
function rooted(total: Tensor, root: (total: Tensor) => Tensor): Tensor {
  const zero = equal(total, 0);
  return where(zero, 0, root(where(zero, 1, total)));
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The p-norm over axes (all by default), Euclidean unless `p` is given. */
    norm(options?: NormOptions): Tensor;
  }
}
Tensor.prototype.norm = function (this: Tensor, options?: NormOptions) {
  return norm(this, options);
};
