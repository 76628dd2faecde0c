import type { Tensor } from "../graph/index.js";
import { reshape, zeros } from "../ops/index.js";
import { isRecurrence, type Mixer, type Network } from "./architecture.js";
import { attendAll } from "./attend.js";

/** A block's mixer over whole sequences from their beginning, rows as [B·T, D]. */
export function mixAll(mixer: Mixer, network: Network, x: Tensor, positions: Tensor): Tensor {
  if (!isRecurrence(mixer)) return attendAll(mixer, network, x, positions);
  const [batch, time] = positions.shape;
  const before = mixer.states.map(({ shape }) => zeros([batch, ...shape]));
  const { y } = mixer.run(reshape(x, [batch, time, x.shape[1]]), before);
  return reshape(y, [batch * time, y.shape[2]]);
}
