import { GradlabError } from "../errors.js";
import type { Tensor } from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import { add } from "./add.js";
import { ones, zeros } from "./constant.js";
import { layerNorm } from "./layer-norm.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";

/**
 * Normalizes groups of channels to zero mean and unit variance over channels and space, then scales each channel.
 *
 * y = (x − mean) / √(var + eps) · gain + bias; one group is layer normalization over [C, …], C groups are instance
 * normalization.
 *
 * @param x      [N, C, …]
 * @param groups divides C
 * @param gain   [C]
 * @param bias   [C]
 * @throws E_SHAPE
 * @source Wu and He 2018, eq. 7; values: tests/golden/losses.json
 * @example groupNorm(ones([1, 4, 2, 2]), 2, ones([4]), zeros([4])).shape // [1, 4, 2, 2]
 */
export function groupNorm(x: Tensor, groups: number, gain: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  const [batch, channels, ...space] = x.shape;
  if (x.rank < 2 || channels % groups !== 0 || gain.shape[0] !== channels || bias.shape[0] !== channels) {
    throw new GradlabError(
      "E_SHAPE",
      `groupNorm: x ${x.toString()}, gain ${gain.toString()} and bias ${bias.toString()} do not fit ${groups} groups; expected [N, C, …], [C] and [C] with groups dividing C.`,
    );
  }
  const width = (channels / groups) * sizeOf(space);
  const rows = reshape(x, [batch * groups, width]);
  const normal = layerNorm(rows, ones([width], x.dtype), zeros([width], x.dtype), eps);
  const byChannel = (y: Tensor): Tensor => reshape(y, [channels, ...space.map(() => 1)]);
  return add(mul(reshape(normal, x.shape), byChannel(gain)), byChannel(bias));
}
