import { compile } from "../../engine/index.js";
import type { Tensor } from "../../graph/index.js";
import { cast, equal, ids as idTensor, less, reshape, transpose, where, zeros } from "../../ops/index.js";
import type { T5Config } from "./config.js";
import { attendTo, embedRows, encodeRows, keysAndValues, overKeys, unscaled } from "./forward.js";
import type { T5Network } from "./network.js";
import { bucketOf } from "./relative-position.js";

/** Feeds one token for each row; gives the logits after it. */
export interface StepDecoder {
  /** @param tokens one for each row @returns B × V */
  step(tokens: Int32Array): Promise<Float32Array>;
}

/**
 * Decoding one token at a time: the encoder runs once, its keys and values are kept for every layer, and the decoder's own
 * are kept up to `capacity` tokens. A step costs one token's layers and a pass over the kept keys.
 *
 * @param ids  int32 [B, S]
 * @param mask int32 [B, S]
 */
export async function startDecoder(
  network: T5Network,
  config: T5Config,
  { ids, mask, capacity }: { readonly ids: Tensor; readonly mask: Tensor; readonly capacity: number },
): Promise<StepDecoder> {
  const [batch] = ids.shape;
  const across = await compile((tokens: Tensor, seen: Tensor): Tensor[] => {
    const encoded = encodeRows(network, config, { ids: tokens, mask: cast(seen, "bool") });
    return network.decoder.blocks.flatMap(({ cross }) => keysAndValues(cross!, encoded));
  })(ids, mask);
  const step = compile(traceStep(network, config));
  let own: readonly Tensor[] = across.map(() => zeros([batch * capacity, config.heads * config.headWidth]));
  let at = 0;
  return {
    step: async (tokens) => {
      const offsets = Array.from({ length: capacity }, (_, key) => key - at);
      const buckets = offsets.map((offset) => bucketOf(offset, config, false));
      const rows = idTensor(Array.from(tokens, (token) => [token]));
      const [logits, ...next] = await step(
        rows,
        idTensor([offsets]),
        idTensor([buckets]),
        mask,
        ...across,
        ...own,
      );
      own = next;
      at++;
      return (await logits.data()) as Float32Array;
    },
  };
}

/** Inputs: tokens [B, 1], each kept position's offset and bucket [1, C], mask, then keys and values of both kinds. */
const traceStep =
  (network: T5Network, config: T5Config) =>
  (tokens: Tensor, offsets: Tensor, buckets: Tensor, mask: Tensor, ...kept: readonly Tensor[]): Tensor[] => {
    const [batch] = tokens.shape;
    const [, capacity] = offsets.shape;
    const { blocks, bias, norm } = network.decoder;
    const relative = reshape(transpose(bias.lookup(reshape(buckets, [-1])), [1, 0]), [
      1,
      config.heads,
      1,
      capacity,
    ]);
    const past = reshape(less(offsets, 1), [1, 1, 1, capacity]);
    const own = { ...unscaled(batch, config), bias: relative, mask: past };
    const across = { ...unscaled(batch, config), ...overKeys(cast(mask, "bool")) };
    const here = reshape(equal(offsets, 0), [1, capacity, 1]);
    const extended: Tensor[] = [];
    /** Old rows with the new token's in its place. */
    const extend = (old: Tensor, row: Tensor): Tensor => {
      const [rows, width] = old.shape;
      const apart = reshape(old, [batch, capacity, width]);
      const next = reshape(where(here, reshape(row, [batch, 1, width]), apart), [rows, width]);
      extended.push(next);
      return next;
    };
    const x = blocks.reduce(
      (rows, { self, cross, feedForward }, layer) => {
        const [crossKeys, crossValues] = kept.slice(2 * layer, 2 * layer + 2);
        const [keys, values] = kept.slice(2 * (blocks.length + layer));
        const read = (h: Tensor): readonly [Tensor, Tensor] => {
          const [k, v] = keysAndValues(self, h);
          return [extend(keys, k), extend(values, v)];
        };
        const mixed = attendTo(rows, self, read, own);
        return feedForward(attendTo(mixed, cross!, () => [crossKeys, crossValues], across));
      },
      embedRows(network, tokens),
    );
    return [network.head(norm(x)), ...extended];
  };
