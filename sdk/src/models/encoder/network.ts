import type { Tensor } from "../../graph/index.js";
import type { Embedding, Linear } from "../../nn/index.js";
import { add, cast, cumsum, gather, mul, notEqual, reshape, slice, tanh } from "../../ops/index.js";
import { ACTIVATIONS } from "../activations.js";
import { attendRows } from "../attend.js";
import type { Layers } from "../layers.js";
import type { AssembledNetwork } from "../pretrained.js";
import type { TokenRows } from "../token-input.js";
import type { EncoderConfig } from "./config.js";

export interface EncoderNetwork extends AssembledNetwork {
  readonly embedding: Embedding;
  /** The last layer's output. @returns [B·T, D] */
  hidden(rows: TokenRows): Tensor;
  /** tanh(W h₀ + b) of the first token. @param hidden [B, T, D] @returns [B, D] */
  readonly pool?: (hidden: Tensor) => Tensor;
  /** @param hidden [B, T, D] */
  readonly logits?: (hidden: Tensor) => Tensor;
}

/** A family's names of what every encoder has, under `prefix`. */
export interface EncoderNames {
  readonly prefix: string;
  readonly layer: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly mixed: string;
  readonly mixedNorm: string;
  readonly up: string;
  readonly down: string;
  readonly norm: string;
}

/** What a head is built from. */
export interface HeadParts {
  readonly layers: Layers;
  readonly config: EncoderConfig;
  readonly embedding: Embedding;
  readonly pool?: (hidden: Tensor) => Tensor;
}

export type HeadBuilder = (parts: HeadParts) => (hidden: Tensor) => Tensor;

/** The layers below the head: tokens, positions and token types added and normalized, then the blocks. */
export function assembleBody(layers: Layers, config: EncoderConfig, names: EncoderNames) {
  const { width, vocabSize, positionRows, tokenTypes, eps } = config;
  const at = (name: string): string => `${names.prefix}.embeddings.${name}`;
  const embedding = layers.table(at("word_embeddings"), vocabSize, width);
  const positions = layers.table(at("position_embeddings"), positionRows, width);
  const types = tokenTypes > 0 ? layers.table(at("token_type_embeddings"), tokenTypes, width) : undefined;
  const norm = layers.layerNorm(at("LayerNorm"), width, eps);
  const blocks = Array.from({ length: config.layers }, (_, i) => assembleBlock(layers, config, names, i));
  const hidden = (rows: TokenRows): Tensor => {
    const [batch, time] = rows.ids.shape;
    const where =
      config.firstPosition === 0
        ? slice(positions.weight, 0, time)
        : positionsAfterPadding(positions, rows.ids, config);
    const sum = add(embedding.lookup(rows.ids), where);
    const typed = types
      ? add(sum, rows.tokenTypes ? types.lookup(rows.tokenTypes) : slice(types.weight, 0, 1))
      : sum;
    const mask = rows.mask && reshape(rows.mask, [batch, 1, 1, time]);
    const start = reshape(norm(typed), [batch * time, width]);
    return blocks.reduce((x, block) => block(x, batch, mask), start);
  };
  return { embedding, hidden };
}

/** RoBERTa counts positions behind the padding id and skips padding, which itself has the padding id's position. */
function positionsAfterPadding(table: Embedding, ids: Tensor, { padId }: EncoderConfig): Tensor {
  const present = cast(notEqual(ids, padId), "int32");
  return gather(table.weight, add(mul(cumsum(present), present), padId));
}

type BlockForward = (x: Tensor, batch: number, mask: Tensor | undefined) => Tensor;

/** x = norm(x + out(attend(x))); x = norm(x + down(act(up(x)))). */
function assembleBlock(
  layers: Layers,
  config: EncoderConfig,
  names: EncoderNames,
  index: number,
): BlockForward {
  const { width, hidden, heads, eps } = config;
  const at = `${names.prefix}.${names.layer}.${index}`;
  const square = (name: string): Linear => layers.linear(`${at}.${name}`, width, width);
  const projections = [names.query, names.key, names.value].map(square);
  const mixed = square(names.mixed);
  const mixedNorm = layers.layerNorm(`${at}.${names.mixedNorm}`, width, eps);
  const up = layers.linear(`${at}.${names.up}`, width, hidden);
  const down = layers.linear(`${at}.${names.down}`, hidden, width);
  const norm = layers.layerNorm(`${at}.${names.norm}`, width, eps);
  const activate = ACTIVATIONS[config.activation];
  return (x, batch, mask) => {
    const [q, k, v] = projections.map((projection) => projection.forward(x));
    const seen = attendRows(q, k, v, { batch, heads, ...(mask ? { mask } : {}) });
    const middle = mixedNorm(add(x, mixed.forward(seen)));
    return norm(add(middle, down.forward(activate(up.forward(middle)))));
  };
}

/** The first token's row of each sequence. @param hidden [B, T, D] @returns [B, D] */
export const firstRow = (hidden: Tensor): Tensor =>
  reshape(slice(hidden, 0, 1, 1), [hidden.shape[0], hidden.shape[2]]);

export function assemblePooler(layers: Layers, name: string, width: number): (hidden: Tensor) => Tensor {
  const dense = layers.linear(name, width, width);
  return (hidden) => tanh(dense.forward(firstRow(hidden)));
}
