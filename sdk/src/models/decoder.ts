import { GradlabError } from "../errors.js";
import { capture, HostStorage, placeholder, type Graph, type Storage, type Tensor } from "../graph/index.js";
import { runtime, type Engine, type Program } from "../engine/index.js";
import { cachedAttention, concat, reshape, slice } from "../ops/index.js";
import { hostArray, type HostArray } from "../tensor/index.js";
import { fuseLinears, type Linear } from "../nn/index.js";
import type { Attention } from "./architecture.js";
import { headsOf } from "./attend.js";
import type { LanguageModel } from "./language-model.js";
import { weightsOf } from "./weights.js";

/** Stand-ins for the two symbolic sizes while the graph is traced; no dimension of a model equals them. */
const BATCH = 999_983;
const STEPS = 999_979;

export interface DecoderOptions {
  /** Sequences that can be decoded together. Default 1. */
  readonly slots?: number;
  /** Tokens a sequence may reach. Default: the model's positions. */
  readonly capacity?: number;
}

/**
 * Incremental decoding over key/value caches that are extended in place. One program serves every
 * batch size and chunk length.
 *
 * Rows 0 … n−1 are a prefix of the slots, since a run sees the caches as one contiguous view.
 * The weights are captured when the decoder is made: later training does not change it.
 */
export class Decoder {
  readonly slots: number;
  readonly capacity: number;
  readonly #caches: readonly Float32Array[];
  readonly #views = new Map<string, readonly HostStorage[]>();
  readonly #program: Promise<Program>;
  readonly #engine: Engine;
  /** Where the engine reads the only sequence's caches fastest. */
  #resident: Promise<readonly Storage[]> | undefined;

  constructor(
    readonly model: LanguageModel,
    { slots = 1, capacity = model.config.maxPositions }: DecoderOptions = {},
  ) {
    this.slots = slots;
    this.capacity = Math.min(capacity, model.config.maxPositions);
    const length = slots * this.#rowLength;
    // Untouched pages are never committed, so a large capacity costs nothing until it is used.
    this.#caches = Array.from(
      { length: 2 * model.config.layers },
      () => new Float32Array(new ArrayBuffer(4 * length)),
    );
    this.#engine = runtime().engine;
    this.#program = runtime().program(traceDecoder(model, this.capacity));
  }

  /** Elements of one slot in one cache. */
  get #rowLength(): number {
    const { groups, headWidth } = this.model.config;
    return groups * this.capacity * headWidth;
  }

  /** Bytes of all caches when full. */
  get cacheBytes(): number {
    return this.#caches.reduce((sum, cache) => sum + cache.byteLength, 0);
  }

  /**
   * Feeds new tokens behind what each sequence has and gives the logits after its last one.
   *
   * @param ids  rows × steps token ids, row-major
   * @param past tokens each row already has in its cache
   * @param start first slot; the rows are slots start … start + rows − 1
   * @returns logits rows × V
   * @throws E_INDEX when a sequence would outgrow the capacity
   */
  async step(ids: Int32Array, past: Int32Array, start = 0): Promise<Float32Array> {
    const rows = past.length;
    const steps = ids.length / rows;
    if (past.some((length) => length + steps > this.capacity)) {
      throw new GradlabError(
        "E_INDEX",
        `The sequence would outgrow the ${this.capacity} tokens of the cache.`,
        {
          hint: "Shorten the prompt or ask for fewer new tokens.",
        },
      );
    }
    const positions = Int32Array.from(ids, (_, i) => past[Math.floor(i / steps)] + (i % steps));
    const inputs: Storage[] = [
      new HostStorage(hostArray(ids, [rows, steps])),
      new HostStorage(hostArray(positions, [rows, steps])),
      new HostStorage(hostArray(past.slice(), [rows])),
      ...(await this.#cachesOf(start, rows)),
    ];
    const [logits] = await (await this.#program).run(inputs);
    return logits.array!.data as Float32Array;
  }

  /** Copies one slot's cache over another's, for compaction. */
  copySlot(from: number, to: number, tokens: number): void {
    const { groups, headWidth } = this.model.config;
    const stride = this.capacity * headWidth;
    for (const cache of this.#caches) {
      for (let group = 0; group < groups; group++) {
        const source = from * this.#rowLength + group * stride;
        cache.copyWithin(to * this.#rowLength + group * stride, source, source + tokens * headWidth);
      }
    }
  }

  /** A run sees a part of the caches that several sequences share, so those stay in the host's memory. */
  #cachesOf(start: number, rows: number): Promise<readonly Storage[]> | readonly Storage[] {
    if (this.slots > 1) return this.#cacheViews(start, rows);
    this.#resident ??= Promise.all(
      this.#cacheViews(start, rows).map(({ array }) => this.#engine.upload(array)),
    );
    return this.#resident;
  }

  #cacheViews(start: number, rows: number): readonly HostStorage[] {
    const key = `${start}:${rows}`;
    const known = this.#views.get(key);
    if (known) return known;
    const { groups, headWidth } = this.model.config;
    const shape = [rows, groups, this.capacity, headWidth];
    const view = (cache: Float32Array): HostArray =>
      hostArray(cache.subarray(start * this.#rowLength, (start + rows) * this.#rowLength), shape);
    const views = this.#caches.map((cache) => new HostStorage(view(cache)));
    this.#views.set(key, views);
    return views;
  }
}

/** Inputs ids, positions, past, then keys and values layer by layer; outputs logits and the caches. */
function traceDecoder(model: LanguageModel, capacity: number): Graph {
  const { config, network } = model;
  const { heads, groups, headWidth, layers } = config;
  const ids = placeholder([BATCH, STEPS], "int32");
  const positions = placeholder([BATCH, STEPS], "int32");
  const past = placeholder([BATCH], "int32");
  const caches = Array.from({ length: 2 * layers }, () => placeholder([BATCH, groups, capacity, headWidth]));
  const extended: Tensor[] = [];
  const fused: Linear[] = [];
  let x = network.embed(ids, positions);
  network.blocks.forEach((block, i) => {
    x = block.forward(x, (layer, h) => {
      const [keys, values] = [caches[2 * i], caches[2 * i + 1]];
      const qkv = normalizeRows(model, layer, project(layer.projections, h, fused));
      const { window } = layer;
      const next = cachedAttention(
        { qkv, keys, values, past, ...(network.rotary ? { rotary: network.rotary } : {}) },
        { heads, groups, scale: 1 / Math.sqrt(headWidth), ...(window === undefined ? {} : { window }) },
      );
      extended.push(next.keys, next.values);
      return next.y;
    });
  });
  const last = slice(x, STEPS - 1, STEPS, 1);
  const logits = reshape(network.head(last), [BATCH, config.vocabSize]);
  return capture([logits, ...extended], {
    inputs: [ids, positions, past, ...caches],
    constants: [
      ...weightsOf(model),
      ...fused.flatMap(({ weight, bias, blocks }) => [weight, bias, blocks?.packed, blocks?.scales]),
    ].filter((weight): weight is Tensor => weight !== undefined),
    overwrites: [undefined, ...caches],
    symbols: { batch: BATCH, steps: STEPS },
  });
}

/** Queries, keys and values side by side: by one product where the layers allow it. */
function project(projections: readonly Linear[], x: Tensor, fused: Linear[]): Tensor {
  if (projections.length === 1) return projections[0].forward(x);
  const one = fuseLinears(projections);
  if (!one)
    return concat(
      projections.map((projection) => projection.forward(x)),
      2,
    );
  fused.push(one);
  return one.forward(x);
}

/** Rows for cached attention, with heads of queries and keys normalized where the layer says so. */
function normalizeRows({ config }: LanguageModel, layer: Attention, qkv: Tensor): Tensor {
  if (!layer.normalizeHeads) return qkv;
  const lead = qkv.shape.slice(0, 2);
  const heads = headsOf(config, layer, [qkv], lead);
  return concat(
    heads.map((part) => reshape(part, [...lead, part.shape[2] * config.headWidth])),
    2,
  );
}
