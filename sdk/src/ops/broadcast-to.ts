import { Tensor } from "../graph/index.js";
import type { Shape } from "../tensor/index.js";
import { expand } from "./expand.js";

/**
 * x stretched to a shape by NumPy's rules: expand by its NumPy name.
 *
 * @throws E_SHAPE when the shape cannot be reached
 * @example tensor([1, 2]).broadcastTo([2, 2]) // [[1, 2], [1, 2]]
 */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor => expand(x, shape);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The values stretched to a shape by NumPy's rules. */
    broadcastTo(shape: Shape): Tensor;
  }
}
Tensor.prototype.broadcastTo = function (this: Tensor, shape: Shape) {
  return broadcastTo(this, shape);
};
