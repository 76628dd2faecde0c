import type { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis, sameShape } from "../tensor/index.js";
import { concat } from "./concat.js";
import { unsqueeze } from "./unsqueeze.js";

/**
 * Tensors of one shape along a new axis (the first by default).
 *
 * @throws E_SHAPE when there are none or their shapes differ; E_DTYPE when their dtypes do
 * @example stack([tensor([1, 2]), tensor([3, 4])], -1) // [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) {
    throw new GradlabError("E_SHAPE", "stack needs at least one tensor.", {
      hint: "Give a list that is not empty.",
    });
  }
  const [first] = tensors;
  const other = tensors.find(({ shape }) => !sameShape(shape, first.shape));
  if (other) {
    throw new GradlabError("E_SHAPE", `stack: ${first.toString()} and ${other.toString()} differ.`, {
      hint: "Stacked tensors have one shape; concat joins along an axis they have.",
    });
  }
  const at = normalizeAxis("stack", axis, first.rank + 1);
  return concat(
    tensors.map((each) => unsqueeze(each, at)),
    at,
  );
}
