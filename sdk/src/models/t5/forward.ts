import type { Tensor } from "../../graph/index.js";
import { add, reshape } from "../../ops/index.js";
import { attendRows, type AttendRowsOptions } from "../attend.js";
import type { TokenRows } from "../token-input.js";
import type { T5Config } from "./config.js";
import type { T5Attention, T5Network } from "./network.js";
import { bucketTable, positionBias } from "./relative-position.js";

export type KeysAndValues = readonly [keys: Tensor, values: Tensor];

/** @param x [B·S, D] @returns two of [B·S, H·E] */
export const keysAndValues = ({ key, value }: T5Attention, x: Tensor): KeysAndValues => [
  key.forward(x),
  value.forward(x),
];

/** x + o(attend(q(h), k, v)) with h = norm(x). @param read the keys and values, given h */
export function attendTo(
  x: Tensor,
  attention: T5Attention,
  read: (h: Tensor) => KeysAndValues,
  options: AttendRowsOptions,
): Tensor {
  const h = attention.norm(x);
  const seen = attendRows(attention.query.forward(h), ...read(h), options);
  return add(x, attention.output.forward(seen));
}

/** Scores are not scaled: the initialization of the queries makes up for it. */
export const unscaled = (batch: number, { heads }: T5Config) => ({ batch, heads, scale: 1 });

/** A mask over keys, for every head and query. @param mask bool [B, S] */
export const overKeys = (mask: Tensor | undefined) =>
  mask ? { mask: reshape(mask, [mask.shape[0], 1, 1, mask.shape[1]]) } : {};

/** @returns [B·T, D] */
export const embedRows = ({ embedding }: T5Network, ids: Tensor): Tensor =>
  reshape(embedding.lookup(ids), [-1, embedding.width]);

/** The encoder: every token sees every other. @returns [B·S, D] */
export function encodeRows(network: T5Network, config: T5Config, { ids, mask }: TokenRows): Tensor {
  const [batch, time] = ids.shape;
  const { blocks, bias, norm } = network.encoder;
  const relative = positionBias(bias, bucketTable(time, time, config, true));
  const options = { ...unscaled(batch, config), ...overKeys(mask), bias: relative };
  const rows = blocks.reduce(
    (x, { self, feedForward }) => feedForward(attendTo(x, self, (h) => keysAndValues(self, h), options)),
    embedRows(network, ids),
  );
  return norm(rows);
}

/**
 * The decoder: a token sees those before it, and the encoder's output.
 *
 * @param ids     int32 [B, T]
 * @param encoded [B·S, D]
 * @param mask    bool [B, S] of the encoder's tokens
 * @returns [B·T, D]
 */
export function decodeRows(
  network: T5Network,
  config: T5Config,
  ids: Tensor,
  encoded: Tensor,
  mask: Tensor | undefined,
): Tensor {
  const [batch, time] = ids.shape;
  const { blocks, bias, norm } = network.decoder;
  const relative = positionBias(bias, bucketTable(time, time, config, false));
  const own = { ...unscaled(batch, config), causal: true, bias: relative };
  const across = { ...unscaled(batch, config), ...overKeys(mask) };
  const rows = blocks.reduce(
    (x, { self, cross, feedForward }) => {
      const mixed = attendTo(x, self, (h) => keysAndValues(self, h), own);
      return feedForward(attendTo(mixed, cross!, () => keysAndValues(cross!, encoded), across));
    },
    embedRows(network, ids),
  );
  return norm(rows);
}
