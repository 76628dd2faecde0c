import type { Tensor } from "../graph/index.js";
import type { DType } from "../tensor/index.js";
import { add } from "./add.js";
import { cast } from "./cast.js";
import { equal } from "./equal.js";
import { arange } from "./arange.js";
import { reshape } from "./reshape.js";

/**
 * Ones on a diagonal, zeros elsewhere.
 *
 * @param columns  default rows
 * @param diagonal steps above (or, negative, below) the main diagonal. Default 0.
 * @example eye(2) // [[1, 0], [0, 1]]
 */
export function eye(rows: number, columns = rows, diagonal = 0, dtype: DType = "float32"): Tensor {
  const column = reshape(add(arange(rows), diagonal), [rows, 1]);
  return cast(equal(column, arange(columns)), dtype);
}
