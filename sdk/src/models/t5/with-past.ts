import { applyAll, type Tensor } from "../../graph/index.js";
import { add, concat, OPS, reshape, transpose } from "../../ops/index.js";
import { attendTo, embedRows, keysAndValues, overKeys, unscaled } from "./forward.js";
import { bucketTable, positionBias } from "./relative-position.js";
import type { Seq2SeqModel } from "./seq2seq-model.js";

/** New tokens of a target behind those whose keys and values are known. */
export interface Seq2SeqPastInput {
  /** int32 [B, T] */
  readonly ids: Tensor;
  /** The encoder's output [B, S, D], and where it has tokens: bool [B, S]. */
  readonly encoded: Tensor;
  readonly mask: Tensor;
  /** Keys and values of every decoder block in turn, [B, H, P, E] each. */
  readonly past: readonly Tensor[];
}

/**
 * The decoder over keys and values that are given and handed on, a pure function of tensors; those of the encoder's
 * output are computed anew.
 *
 * @returns logits [B, T, V] and `past` with the new tokens behind
 */
export function decodeWithPast(
  { network, config }: Seq2SeqModel,
  { ids, encoded, mask, past }: Seq2SeqPastInput,
): { readonly logits: Tensor; readonly present: readonly Tensor[] } {
  const [batch, time] = ids.shape;
  const { heads, headWidth, width, vocabSize } = config;
  const { blocks, bias, norm } = network.decoder;
  const source = reshape(encoded, [-1, width]);
  const relative = positionBias(bias, bucketTable(time, past[0].shape[2] + time, config, false));
  const across = { ...unscaled(batch, config), ...overKeys(mask) };
  const attrs = { causal: true, scale: 1, window: 0, hides: "none" } as const;
  const turned = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);
  const byHead = (x: Tensor): Tensor => turned(reshape(x, [batch, time, heads, headWidth]));
  const present: Tensor[] = [];
  const rows = blocks.reduce(
    (x, { self, cross, feedForward }) => {
      const h = self.norm(x);
      const at = present.length;
      present.push(...keysAndValues(self, h).map((part, i) => concat([past[at + i], byHead(part)], 2)));
      const inputs = [byHead(self.query.forward(h)), ...present.slice(at), relative];
      const [seen] = applyAll(OPS.attention, inputs, attrs);
      const mixed = add(x, self.output.forward(reshape(turned(seen), [batch * time, heads * headWidth])));
      return feedForward(attendTo(mixed, cross!, () => keysAndValues(cross!, source), across));
    },
    embedRows(network, ids),
  );
  return { logits: reshape(network.head(norm(rows)), [batch, time, vocabSize]), present };
}
