import type { Tensor, Variable } from "../graph/index.js";
import type { Embedding, Init, Linear, RotaryTables, TokenRouting } from "../nn/index.js";
import type { Shape } from "../tensor/index.js";
import type { TextTokenizer } from "../text/index.js";

/** The content of config.json. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** What every family tells of itself. */
export interface ModelConfig {
  readonly modelType: string;
  readonly vocabSize: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Key/value heads; equal to heads without grouping. */
  readonly groups: number;
  readonly headWidth: number;
  readonly maxPositions: number;
  readonly tiedHead: boolean;
  /** config.json as it was read, kept so that saving loses nothing. */
  readonly json: ConfigJson;
}

export interface ParameterSpec {
  /** The checkpoint's name. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Init;
}

/** What a block says of its attention; how it is computed is up to who runs the block. */
export interface Attention {
  /** Query, key and value layers, or one layer that gives all three side by side. */
  readonly projections: readonly Linear[];
  /** Applied to each head of the queries and the keys before they are rotated. */
  readonly normalizeHeads?: readonly [queries: RowFunction, keys: RowFunction];
  /** A position sees this many keys, itself included; without it, all up to itself. */
  readonly window?: number;
}

/** A function of rows […, E] to rows of the same shape. */
export type RowFunction = (x: Tensor) => Tensor;

/** Attention inside a block: from normalized rows to mixed rows [.., H·E]. Training and decoding differ here only. */
export type Attend = (attention: Attention, x: Tensor) => Tensor;

/** Told how a block's experts were chosen, where it has some. */
export type Observe = (routing: TokenRouting) => void;

export interface Block {
  forward(x: Tensor, attend: Attend, observe?: Observe): Tensor;
}

/** The layers of one model, over parameters that exist. */
export interface Network {
  readonly linears: ReadonlyMap<string, Linear>;
  /** The token table; also the head where `tiedHead`. */
  readonly embedding: Embedding;
  readonly blocks: readonly Block[];
  readonly rotary?: RotaryTables;
  /** @param ids int32 [B, T], @param positions int32 [B, T] @returns [B, T, D] */
  embed(ids: Tensor, positions: Tensor): Tensor;
  /** Final norm and projection to the vocabulary: […, D] → […, V]. */
  head(x: Tensor): Tensor;
  /** −ln p(target) after each row, nats: the head and the loss together. @param x [N, D] @param targets int32 [N] */
  losses(x: Tensor, targets: Tensor): Tensor;
}

/** One implementation per family, driven by its config. */
export interface Architecture<C extends ModelConfig = ModelConfig> {
  /** `model_type` values in config.json. */
  readonly modelTypes: readonly string[];
  /** @throws E_UNSUPPORTED_ARCH naming the field that asks for more than is built */
  parse(json: ConfigJson, file: string): C;
  parameters(config: C): readonly ParameterSpec[];
  build(config: C, parameters: ReadonlyMap<string, Variable>): Network;
  /** Other names that checkpoints have for a parameter, tried in order when its own is not there. */
  storedNames?(name: string): readonly string[];
}

/** What saving and quantizing need of a model of any kind. */
export interface StoredModel {
  readonly id: string;
  readonly config: { readonly json: ConfigJson };
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly network: Pick<Network, "linears" | "rotary"> & Partial<Pick<Network, "embedding">>;
  readonly tokenizer?: Pick<TextTokenizer, "toJSON" | "toConfig"> | undefined;
  /** Files that lay beside the weights and are kept as they were. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}
