import { Tensor } from "../graph/index.js";
import { cast } from "./cast.js";
import { requireKind } from "./kind.js";
import { max } from "./max.js";
import type { ReduceOptions } from "./reduce.js";

/**
 * Whether some element is true, over axes (all by default), as bool.
 *
 * @throws E_DTYPE unless x is bool; E_INDEX for an axis outside the rank
 * @example tensor([[1, 0], [1, 1]]).equal(1).any({ axes: 1 }) // [1, 1]
 */
export function any(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireKind("any", [x], "bool");
  return cast(max(cast(x, "uint8"), options), "bool");
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Whether some element is true, over axes (all by default). */
    any(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.any = function (this: Tensor, options?: ReduceOptions) {
  return any(this, options);
};
