import type { Tensor } from "../graph/index.js";
import { arange, attention, expand, reshape, rope, split, type AttentionOptions } from "../ops/index.js";
import type { Attend, ModelConfig, Network } from "./architecture.js";

/** Positions 0 … T−1 for every row. @returns int32 [B, T] */
export function countPositions(batch: number, time: number): Tensor {
  return expand(arange(time), [batch, time]);
}

/** Causal attention over whole sequences, rows as [B·T, D]. */
export function attendAll(config: ModelConfig, network: Network, positions: Tensor): Attend {
  const [batch, time] = positions.shape;
  const { heads, groups, headWidth } = config;
  const rotate = (x: Tensor): Tensor => {
    const { rotary } = network;
    return rotary ? rope(x, positions, rotary.cos, rotary.sin) : x;
  };
  return (projections, x) => {
    const widths = [heads, groups, groups].map((count) => count * headWidth);
    const rows = projections.map((projection) => projection.forward(x));
    const [q, k, v] = (rows.length === 1 ? split(rows[0], widths) : rows).map((part, i) =>
      reshape(part, [batch, time, i === 0 ? heads : groups, headWidth]),
    );
    return reshape(attention(rotate(q), rotate(k), v), [batch * time, heads * headWidth]);
  };
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
