import { fromArray, type Tensor } from "../graph/index.js";
import { attention, reshape, rope, split } from "../ops/index.js";
import type { Attend, ModelConfig, Network } from "./architecture.js";

/** Positions 0 … T−1 for every row. @returns int32 [B, T] */
export function countPositions(batch: number, time: number): Tensor {
  const data = Int32Array.from({ length: batch * time }, (_, i) => i % time);
  return fromArray({ dtype: "int32", shape: [batch, time], data });
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
