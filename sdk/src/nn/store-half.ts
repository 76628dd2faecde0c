import { checkpoint, type Tensor } from "../graph/index.js";
import { cast } from "../ops/index.js";

/**
 * The same function of a float32 tensor, whose input is kept as bfloat16 (or float16) between the forward and the backward
 * pass, in half the memory; what happens inside is computed again when its gradient is due. Wrapped around every
 * block, a network keeps one half-precision tensor a block.
 *
 * The arithmetic stays float32. The input is rounded (8 significant bits for bfloat16, 11 for float16), forward too, so
 * that both passes see the same numbers; and so is the gradient that leaves through it.
 *
 * @param fn    one float32 tensor to one tensor; may read parameters
 * @param dtype default bfloat16, which has float32's range
 * @cost one more forward pass of fn
 * @source Chen et al. 2016 (recomputation); Micikevicius et al. 2018 (half storage)
 * @example
 * const block = storeHalf((x: Tensor) => x.mul(x));
 * const x = tensor([1.5, 1.001]);
 * await grad(block(x).sum(), [x])[0].data(); // [3, 2]
 */
export function storeHalf(
  fn: (x: Tensor) => Tensor,
  dtype: "bfloat16" | "float16" = "bfloat16",
): (x: Tensor) => Tensor {
  const inner = checkpoint((kept: Tensor) => fn(cast(kept, "float32")));
  return (x) => inner(cast(x, dtype));
}
