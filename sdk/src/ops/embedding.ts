import type { Tensor } from "../graph/index.js";
import { equal } from "./equal.js";
import { gather } from "./gather.js";
import { reshape } from "./reshape.js";
import { stopGradient } from "./stop-gradient.js";
import { where } from "./where.js";

/**
 * Rows of a table by id; the row of `paddingIndex` is read like any other but not learned.
 *
 * @param table [V, D]
 * @param ids   int32, any shape, each in 0 … V−1
 * @param options.paddingIndex a row that never gets a gradient; default none
 * @returns     [...ids.shape, D]
 * @throws E_DTYPE for other ids; E_INDEX (at run time) when one lies outside
 * @source values: tests/golden/losses.json
 * @example embedding(tensor([[0, 0], [3, 4]]), ids([[0, 1]]), { paddingIndex: 0 }) // [[[0, 0], [3, 4]]]
 */
export function embedding(
  table: Tensor,
  ids: Tensor,
  { paddingIndex }: { readonly paddingIndex?: number } = {},
): Tensor {
  const rows = gather(table, ids);
  if (paddingIndex === undefined) return rows;
  const padding = reshape(equal(ids, paddingIndex), [...ids.shape, ...table.shape.slice(1).map(() => 1)]);
  return where(padding, stopGradient(rows), rows);
}
