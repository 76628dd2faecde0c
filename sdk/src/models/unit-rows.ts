import type { Tensor } from "../graph/index.js";
import { div, maximum, norm } from "../ops/index.js";

/** x / ‖x‖, row by row, so that products of rows are cosines. */
export const unitRows = (x: Tensor): Tensor => div(x, maximum(norm(x, { axes: -1, keepDims: true }), 1e-12));
