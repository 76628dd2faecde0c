import type { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import {
  add,
  arange,
  attention,
  cachedAttention,
  concat,
  expand,
  full,
  reshape,
  rope,
  type AttentionOptions,
} from "../ops/index.js";
import type { Init } from "./init.js";
import type { KeyValueCache } from "./kv-cache.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import type { RotaryScaling } from "./rotary-scaling.js";
import { rotaryTables, type RotaryTables } from "./rotary.js";
import type { Scope } from "./scope.js";

export interface AttentionShape {
  readonly width: number;
  readonly heads: number;
  /** Key/value heads; `heads` divides by it. Default `heads`. */
  readonly groups?: number;
  /** Default width / heads. */
  readonly headWidth?: number;
  /** Default false. */
  readonly bias?: boolean;
  /** Turns queries and keys by their positions, below `positions`. Default: no rotary embedding. */
  readonly rotary?: { readonly positions: number; readonly theta?: number; readonly scaling?: RotaryScaling };
  /** Of queries, keys and values. Default as for Linear. */
  readonly init?: Init;
  /** Of the output projection; see residualInit. Default `init`. */
  readonly outInit?: Init;
}

export interface AttendOptions extends AttentionOptions {
  /** int32 [B, T], for rotary embeddings. Default 0 … T−1 in every row. */
  readonly positions?: Tensor;
}

/**
 * Attention with its four projections: multi-head, grouped-query (`groups` below `heads`) or multi-query (1), with
 * rotary positions where asked for. `forward` reads whole sequences, `decode` goes on from a cache.
 *
 * @throws E_CONFIG when the heads do not divide
 * @source Vaswani et al. 2017, §3.2.2; Ainslie et al. 2023; values: tests/golden/modules.json
 * @example
 * const layer = new Attention(new Scope("attention", 1), { width: 8, heads: 4, groups: 2 });
 * layer.forward(zeros([1, 5, 8])).shape // [1, 5, 8]
 */
export class Attention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly out: Linear;
  readonly heads: number;
  readonly groups: number;
  readonly headWidth: number;
  readonly rotary: RotaryTables | undefined;

  constructor(scope: Scope, shape: AttentionShape) {
    super();
    const { width, heads, groups = heads, headWidth = width / heads, bias = false, rotary } = shape;
    if (!Number.isInteger(headWidth) || !Number.isInteger(heads / groups)) {
      throw new GradlabError(
        "E_CONFIG",
        `Attention: ${width} channels, ${heads} heads and ${groups} key/value heads do not divide.`,
      );
    }
    const { init, outInit = init } = shape;
    const reader = (part: string, count: number): Linear =>
      new Linear(scope.at(part), { from: width, to: count * headWidth, bias, ...(init ? { init } : {}) });
    this.query = reader("query", heads);
    this.key = reader("key", groups);
    this.value = reader("value", groups);
    const out = { from: heads * headWidth, to: width, bias };
    this.out = new Linear(scope.at("out"), { ...out, ...(outInit ? { init: outInit } : {}) });
    [this.heads, this.groups, this.headWidth] = [heads, groups, headWidth];
    this.rotary = rotary && rotaryTables(headWidth, rotary.positions, rotary.theta, rotary.scaling);
  }

  /** @param x [B, T, width] @param options as for {@link attention}; causal by default @returns [B, T, width] */
  forward(x: Tensor, { positions, ...options }: AttendOptions = {}): Tensor {
    const [batch, time] = x.shape;
    const split = (layer: Linear, count: number): Tensor =>
      reshape(layer.forward(x), [batch, time, count, this.headWidth]);
    const where = this.rotary && (positions ?? countPositions(batch, time));
    const turn = (h: Tensor): Tensor => (where ? rope(h, where, this.rotary.cos, this.rotary.sin) : h);
    const q = turn(split(this.query, this.heads));
    const k = turn(split(this.key, this.groups));
    const y = attention(q, k, split(this.value, this.groups), options);
    return this.out.forward(reshape(y, [batch, time, this.heads * this.headWidth]));
  }

  /**
   * Goes on behind what the cache holds: causal attention of S new positions, whose keys and values join the cache.
   * Call inside a compiled function. Not differentiable. With more than one row, calls behind the first take one
   * position each (a limit of the ONNX operator).
   *
   * @param x [B, S, width] @returns [B, S, width]
   * @throws E_INDEX (at run time) behind the cache's capacity
   */
  decode(x: Tensor, cache: KeyValueCache): Tensor {
    const qkv = concat(
      [this.query, this.key, this.value].map((layer) => layer.forward(x)),
      2,
    );
    const { keys, values, past } = cache;
    const rotary = this.rotary ? { rotary: this.rotary } : {};
    const attrs = { heads: this.heads, groups: this.groups, scale: 1 / Math.sqrt(this.headWidth) };
    const next = cachedAttention({ qkv, keys, values, past, ...rotary }, attrs);
    keys.assign(next.keys);
    values.assign(next.values);
    past.assign(add(past, full([], x.shape[1], "int32")));
    return this.out.forward(next.y);
  }
}

/** 0 … T−1 in every row, int32 [B, T]. */
const countPositions = (batch: number, time: number): Tensor =>
  expand(reshape(arange(time), [1, time]), [batch, time]);
