import type { Tensor } from "../graph/index.js";
import { arange, attention, expand, reshape, rope, split, type AttentionOptions } from "../ops/index.js";
import type { Attention, Network } from "./architecture.js";

/** Positions 0 … T−1 for every row. @returns int32 [B, T] */
export function countPositions(batch: number, time: number): Tensor {
  return expand(arange(time), [batch, time]);
}

/** Causal attention over whole sequences, rows as [B·T, D]. */
export function attendAll(layer: Attention, { rotary }: Network, x: Tensor, positions: Tensor): Tensor {
  const [batch, time] = positions.shape;
  const rows = layer.projections.map((projection) => projection.forward(x));
  const [q, k, v] = headsOf(layer, rows, [batch, time]);
  const rotate = (part: Tensor): Tensor => (rotary ? rope(part, positions, rotary.cos, rotary.sin) : part);
  const window = layer.window === undefined ? {} : { window: layer.window };
  return reshape(attention(rotate(q), rotate(k), v, window), [batch * time, layer.heads * layer.headWidth]);
}

/**
 * Queries, keys and values by heads [...lead, H or G, E], queries and keys normalized where the layer says so.
 *
 * @param rows what the projections gave: three, or one that holds all side by side
 */
export function headsOf(
  { heads, groups, headWidth, normalizeHeads }: Attention,
  rows: readonly Tensor[],
  lead: readonly number[],
): Tensor[] {
  const counts = [heads, groups, groups];
  const widths = counts.map((count) => count * headWidth);
  const parts = rows.length === 1 ? split(rows[0], widths) : rows;
  return parts.map((part, i) => {
    const byHead = reshape(part, [...lead, counts[i], headWidth]);
    return normalizeHeads && i < 2 ? normalizeHeads[i](byHead) : byHead;
  });
}

export interface AttendRowsOptions extends Pick<AttentionOptions, "bias" | "mask" | "scale"> {
  readonly batch: number;
  readonly heads: number;
  /** Default false. */
  readonly causal?: boolean;
}

/** Attention by heads over rows: queries [B·T, H·E] against keys and values [B·S, H·E]. @returns [B·T, H·E] */
export function attendRows(q: Tensor, k: Tensor, v: Tensor, options: AttendRowsOptions): Tensor {
  const { batch, heads, causal = false, ...rest } = options;
  const apart = (x: Tensor): Tensor => reshape(x, [batch, x.shape[0] / batch, heads, x.shape[1] / heads]);
  return reshape(attention(apart(q), apart(k), apart(v), { causal, ...rest }), q.shape);
}
