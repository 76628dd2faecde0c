import { GradlabError } from "../errors.js";
import { specText, type Tensor } from "../graph/index.js";
import { attention, concat, reshape, rope, transpose } from "../ops/index.js";
import { sameShape } from "../tensor/index.js";
import type { Attend } from "./architecture.js";
import { headsOf } from "./attend.js";
import type { LanguageModel } from "./language-model.js";

/** New tokens behind those whose keys and values are known. */
export interface PastInput {
  /** int32 [B, T] */
  readonly ids: Tensor;
  /** int32 [B, T] */
  readonly positions: Tensor;
  /** Bool [B, P + T]: false for padding, whose keys nobody sees. */
  readonly mask: Tensor;
  /** Keys and values of every block in turn, [B, G, P, E] each. */
  readonly past: readonly Tensor[];
}

export interface PastOutput {
  /** [B, T, V] */
  readonly logits: Tensor;
  /** As `past`, with the new tokens behind: [B, G, P + T, E]. */
  readonly present: readonly Tensor[];
}

/**
 * Next-token logits of new tokens over keys and values that are given and handed on: the form in which decoders are
 * exchanged, a pure function of tensors. `Decoder` computes the same over caches that are extended in place.
 *
 * @returns lazy
 * @throws E_SHAPE when there are not two pasts for each block, or a mask of other length
 */
export function forwardWithPast(model: LanguageModel, { ids, positions, mask, past }: PastInput): PastOutput {
  const { config, network } = model;
  const { heads, groups, headWidth, layers, width, vocabSize } = config;
  const [batch, time] = ids.shape;
  const known = past[0]?.shape[2] ?? 0;
  const fits = past.every(({ shape }) => sameShape(shape, [batch, groups, known, headWidth]));
  if (past.length !== 2 * layers || !fits || !sameShape(mask.shape, [batch, known + time])) {
    throw new GradlabError(
      "E_SHAPE",
      `Ids ${specText(ids)} and a mask ${specText(mask)} do not fit ${past.length} pasts${past[0] ? ` ${specText(past[0])}` : ""}; expected ${2 * layers} of [${batch}, ${groups}, P, ${headWidth}] and a mask [${batch}, P + ${time}].`,
    );
  }
  const { rotary } = network;
  const rotate = (x: Tensor): Tensor => (rotary ? rope(x, positions, rotary.cos, rotary.sin) : x);
  const turned = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);
  const seen = reshape(mask, [batch, 1, 1, known + time]);
  const present: Tensor[] = [];
  const attend: Attend = (layer, x) => {
    const rows = layer.projections.map((projection) => projection.forward(x));
    const [q, k, v] = headsOf(config, layer, rows, [batch, time]);
    const at = present.length;
    const [keys, values] = [rotate(k), v].map((part, i) => concat([past[at + i], turned(part)], 2));
    present.push(keys, values);
    const options = { mask: seen, ...(layer.window === undefined ? {} : { window: layer.window }) };
    return reshape(attention(rotate(q), turned(keys), turned(values), options), [batch * time, heads * headWidth]);
  };
  const embedded = reshape(network.embed(ids, positions), [batch * time, width]);
  const hidden = network.blocks.reduce((x, block) => block.forward(x, attend), embedded);
  return { logits: reshape(network.head(hidden), [batch, time, vocabSize]), present };
}
