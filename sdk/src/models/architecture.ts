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
  /** Infinity for a model that keeps no positions. */
  readonly maxPositions: number;
  readonly tiedHead: boolean;
  /** Factor of the routers' load-balancing loss in training, where the model has experts. */
  readonly routerAuxLossCoef?: number;
  /** config.json as it was read, kept so that saving loses nothing. */
  readonly json: ConfigJson;
}

export interface ParameterSpec {
  /** The checkpoint's name. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Init;
}

/** What every attention of a model is cut into. */
export interface HeadSizes {
  readonly heads: number;
  /** Key/value heads; equal to heads without grouping. */
  readonly groups: number;
  readonly headWidth: number;
}

/** What a block says of its attention; how it is computed is up to who runs the block. */
export interface Attention extends HeadSizes {
  /** Query, key and value layers, or one layer that gives all three side by side. */
  readonly projections: readonly Linear[];
  /** Applied to each head of the queries and the keys before they are rotated. */
  readonly normalizeHeads?: readonly [queries: RowFunction, keys: RowFunction];
  /** A position sees this many keys, itself included; without it, all up to itself. */
  readonly window?: number;
}

/** A function of rows […, E] to rows of the same lead. */
export type RowFunction = (x: Tensor) => Tensor;

/** What a recurrence carries from token to token: its name, and its shape for one sequence. Before a text it is 0. */
export interface RecurrentState {
  readonly name: string;
  readonly shape: Shape;
}

/** A layer that reads a sequence token by token and keeps a state whose size does not grow. */
export interface Recurrence {
  readonly states: readonly RecurrentState[];
  /**
   * @param x      [B, T, D]
   * @param before the states before the first token, [B, …] each
   * @returns rows as x, and the states after the last token
   */
  run(x: Tensor, before: readonly Tensor[]): { readonly y: Tensor; readonly after: readonly Tensor[] };
}

/** What lets positions of a text know of those before them. */
export type Mixer = Attention | Recurrence;

export const isRecurrence = (mixer: Mixer): mixer is Recurrence => "states" in mixer;

/** Told how a block's experts were chosen, where it has some. */
export type Observe = (routing: TokenRouting) => void;

export interface Block {
  readonly mixer: Mixer;
  /**
   * @param mix the mixer, from normalized rows to mixed ones ([.., H·E] of attention). Training and decoding differ
   *   here only
   */
  forward(x: Tensor, mix: RowFunction, observe?: Observe): Tensor;
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
  /** Endings of linear layers that adapters leave alone unless they are named, since PEFT refuses them. */
  readonly unadapted?: readonly string[];
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
