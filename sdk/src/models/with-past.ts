import { GradlabError } from "../errors.js";
import { applyAll, specText, type Tensor } from "../graph/index.js";
import { concat, full, OPS, reshape, rope, slice, transpose, where } from "../ops/index.js";
import { sameShape } from "../tensor/index.js";
import { isRecurrence, type Attention } from "./architecture.js";
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
  /** Logits after every new token (default), or after the last one: [B, 1, V]. */
  readonly logits?: "all" | "last";
}

export interface PastOutput {
  /** [B, T, V], or [B, 1, V] */
  readonly logits: Tensor;
  /** As `past`, with the new tokens behind: [B, G, P + T, E]. */
  readonly present: readonly Tensor[];
}

/**
 * Next-token logits of new tokens over keys and values that are given and handed on: the form in which decoders are
 * exchanged, a pure function of tensors. `Decoder` computes the same over caches that are extended in place.
 *
 * @returns lazy
 * @throws E_SHAPE when there are not two pasts for each block, or a mask of other length; E_CONFIG for a model that
 *   keeps something else (a recurrent state)
 */
export function forwardWithPast(model: LanguageModel, input: PastInput): PastOutput {
  const { ids, positions, mask, past } = input;
  const { config, network } = model;
  const [batch, time] = ids.shape;
  const known = past[0]?.shape[2] ?? 0;
  requireFit(attentionsOf(model), input);
  const { rotary } = network;
  const rotate = (x: Tensor): Tensor => (rotary ? rope(x, positions, rotary.cos, rotary.sin) : x);
  const bias = where(reshape(mask, [batch, 1, 1, known + time]), full([], 0), full([], -Infinity));
  const present: Tensor[] = [];
  const attend = (layer: Attention, x: Tensor): Tensor => {
    const rows = layer.projections.map((projection) => projection.forward(x));
    const [q, k, v] = headsOf(layer, rows, [batch, time]);
    const at = present.length;
    const [keys, values] = [rotate(k), v].map((part, i) => concat([past[at + i], turned(part)], 2));
    present.push(keys, values);
    // The past lies by heads already, so the op is applied as it is: `attention` would turn it back and forth.
    const attrs = {
      causal: true,
      scale: 1 / Math.sqrt(layer.headWidth),
      window: layer.window ?? 0,
      hides: "rows",
    } as const;
    const [mixed] = applyAll(OPS.attention, [turned(rotate(q)), keys, values, bias], attrs);
    return reshape(turned(mixed), [batch * time, layer.heads * layer.headWidth]);
  };
  const embedded = reshape(network.embed(ids, positions), [batch * time, config.width]);
  const hidden = network.blocks.reduce((x, block) => {
    return block.forward(x, (h) => attend(block.mixer as Attention, h));
  }, embedded);
  return { logits: logitsOf(model, hidden, [batch, time], input.logits), present };
}

/** Heads before time, or back. */
const turned = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);

/** Rows [B·T, D] → [B, T, V], or [B, 1, V] after the last token. */
export function logitsOf(
  { network, config }: LanguageModel,
  hidden: Tensor,
  [batch, time]: readonly [number, number],
  which: "all" | "last" = "all",
): Tensor {
  const { width, vocabSize } = config;
  if (which === "all") return reshape(network.head(hidden), [batch, time, vocabSize]);
  const last = slice(reshape(hidden, [batch, time, width]), time - 1, time, 1);
  return reshape(network.head(reshape(last, [batch, width])), [batch, 1, vocabSize]);
}

/** @throws E_CONFIG for a model that keeps something else */
function attentionsOf({ id, config, network }: LanguageModel): Attention[] {
  return network.blocks.map(({ mixer }) => {
    if (!isRecurrence(mixer)) return mixer;
    throw new GradlabError(
      "E_CONFIG",
      `${id} (${config.modelType}) does not keep keys and values for each of its blocks.`,
      {
        hint: "forwardWithStates hands on recurrent states; a model with both kinds of blocks has no such form.",
      },
    );
  });
}

function requireFit(attentions: readonly Attention[], { ids, mask, past }: PastInput): void {
  const [batch, time] = ids.shape;
  const known = past[0]?.shape[2] ?? 0;
  const wanted = attentions.map(({ groups, headWidth }) => [batch, groups, known, headWidth]);
  const fits = past.every(({ shape }, i) => sameShape(shape, wanted[i >> 1] ?? []));
  if (past.length !== 2 * wanted.length || !fits || !sameShape(mask.shape, [batch, known + time])) {
    const { groups, headWidth } = attentions[0];
    throw new GradlabError(
      "E_SHAPE",
      `Ids ${specText(ids)} and a mask ${specText(mask)} do not fit ${past.length} pasts${past[0] ? ` ${specText(past[0])}` : ""}; expected ${2 * wanted.length} of [${batch}, ${groups}, P, ${headWidth}] and a mask [${batch}, P + ${time}].`,
    );
  }
}
