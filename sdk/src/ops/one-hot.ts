import { specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { isInteger, type DType } from "../tensor/index.js";
import { cast } from "./cast.js";
import { equal } from "./equal.js";
import { arange } from "./arange.js";
import { unsqueeze } from "./unsqueeze.js";

/**
 * A row for each index: 1 at the index, 0 elsewhere. An index outside 0 … depth−1 gives zeros.
 *
 * @param index integers, any shape
 * @returns     [...index.shape, depth]
 * @throws E_DTYPE unless the index holds integers
 * @example oneHot(tensor([1, 0], { dtype: "int32" }), 3) // [[0, 1, 0], [1, 0, 0]]
 */
export function oneHot(index: Tensor, depth: number, dtype: DType = "float32"): Tensor {
  if (!isInteger(index.dtype)) {
    throw new GradlabError("E_DTYPE", `oneHot: indices must be integers, got ${specText(index)}.`, {
      hint: 'Convert them with .cast("int32").',
    });
  }
  return cast(equal(unsqueeze(index, -1), arange(depth, { dtype: index.dtype })), dtype);
}
