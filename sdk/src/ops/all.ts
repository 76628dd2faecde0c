import { Tensor } from "../graph/index.js";
import { cast } from "./cast.js";
import { requireKind } from "./kind.js";
import { min } from "./min.js";
import type { ReduceOptions } from "./reduce.js";

/**
 * Whether all elements are true, over axes (all by default), as bool.
 *
 * @throws E_DTYPE unless x is bool; E_INDEX for an axis outside the rank
 * @example tensor([[1, 0], [1, 1]]).equal(1).all({ axes: 1 }) // [0, 1]
 */
export function all(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireKind("all", [x], "bool");
  return cast(min(cast(x, "uint8"), options), "bool");
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Whether all elements are true, over axes (all by default). */
    all(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.all = function (this: Tensor, options?: ReduceOptions) {
  return all(this, options);
};
