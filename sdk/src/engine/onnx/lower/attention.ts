import type { AttrValue, Node } from "../../../graph/index.js";
import type { Shape } from "../../../tensor/index.js";
import { CONTRIB, ELEMENT_TYPES, type OnnxModel } from "../model.js";
import { type Attributes, type Lower, type LowerContext, dimOf, flag, one, reshaped } from "./context.js";
import { product } from "./contraction.js";
import { softmaxInKernel, softmaxOf } from "./softmax.js";

export const lowerRope: Lower = ({ model, node, inputs: [x, positions, cos, sin] }) => {
  const [batch, time, heads, width] = node.inputs[0].shape;
  const wide = one(model, "Cast", [positions], { to: ELEMENT_TYPES.int64 });
  const angle = node.attrs.inverse ? one(model, "Neg", [sin]) : sin;
  const rows = reshaped(model, x, [batch, time, heads * width]);
  const part = partOf(node.inputs[2].shape[1], width, heads);
  const turned = one(model, "RotaryEmbedding", [rows, wide, cos, angle], part, CONTRIB);
  return [reshaped(model, turned, node.outputs[0].shape)];
};

/** Attributes by which a rotation leaves the last channels of each head as they are. */
const partOf = (half: number, width: number, heads: number): Attributes =>
  2 * half === width ? {} : { rotary_embedding_dim: 2 * half, num_heads: heads };

/**
 * Scores, softmax and values as three products' worth of nodes: cheaper than the Attention operator, whose
 * softmax pays for every masked score.
 */
export const lowerAttention: Lower = (context) => {
  const { model, node, inputs } = context;
  const [q, k, v] = inputs;
  const [batch, heads, time, width] = node.inputs[0].shape;
  const [, groups, keys] = node.inputs[1].shape;
  const rows = (heads / groups) * time;
  const byGroup = heads === groups ? q : reshaped(model, q, [batch, groups, rows, width]);
  const alpha = Number(node.attrs.scale);
  const [queries, pairs] = [
    [batch, groups, rows, width],
    [batch, groups, rows, keys],
  ];
  const scores = product(context, [byGroup, k], {
    shapes: [queries, node.inputs[1].shape],
    transB: true,
    alpha,
    output: pairs,
  });
  const p = inputs.length > 3 ? biasedWeights(context, scores, rows) : weights(context, scores, pairs);
  const y = product(context, [p, v], { shapes: [pairs, node.inputs[2].shape], output: queries });
  return [reshaped(model, y, node.outputs[0].shape), reshaped(model, p, [batch, heads, time, keys])];
};

/** The softmax over what the position alone lets a query see. @param pairs the shape of the scores */
function weights(context: LowerContext, scores: string, pairs: Shape): string {
  const { model, node } = context;
  const { causal, window } = node.attrs;
  if (causal && !window && softmaxInKernel(context, pairs)) {
    return softmaxOf(context, scores, pairs, node.inputs[0].shape[2]);
  }
  const mask = positionMask(context, pairs[2]);
  return softmaxOf(context, mask ? hide(model, scores, mask).lowered : scores, pairs);
}

/** The same with a bias, which broadcasts over [B, H, T, S] and may hide keys too. */
function biasedWeights(context: LowerContext, scores: string, rows: number): string {
  const { model, node, inputs } = context;
  const { shape } = node.outputs[1];
  const [, , time, keys] = shape;
  const [, groups] = node.inputs[1].shape;
  const byHead = rows === time ? scores : reshaped(model, scores, shape);
  const mask = positionMask(context, time);
  const offsets = mask ? one(model, "Add", [inputs[3], mask]) : inputs[3];
  const p = softmaxOver(
    model,
    byHead,
    offsets,
    mask && node.attrs.hides === "none" ? "keys" : node.attrs.hides,
  );
  return rows === time ? p : reshaped(model, p, [shape[0], groups, rows, keys]);
}

/** Rows without a visible key would be 0/0: they are computed from a finite floor, then cleared. */
function softmaxOver(model: OnnxModel, scores: string, offsets: string, hides: AttrValue): string {
  const soft = (x: string): string => one(model, "Softmax", [x], { axis: -1 });
  if (hides === "none") return soft(one(model, "Add", [scores, offsets]));
  if (hides === "keys") return soft(hide(model, scores, offsets).lowered);
  const { lowered, top } = hide(model, scores, offsets, LOWEST);
  const seen = one(model, "Greater", [top, model.scalar(LOWEST)]);
  return one(model, "Mul", [soft(lowered), one(model, "Cast", [seen], { to: ELEMENT_TYPES.float32 })]);
}

/** Below every score that is not hidden. */
const LOWEST = -1e30;

/** How far below a row's maximum hidden scores lie: e⁻⁶⁰ ≈ 10⁻²⁶ vanishes beside any float32 weight of the row. */
const MASK_DEPTH = 60;

/**
 * Scores of hidden keys lowered to 60 below their row's maximum. With −∞ the exponential underflows, which
 * makes the softmax seven times slower (measured: 3.4 against 0.5 ms for 64 × 128 × 128).
 *
 * @param mask 0 or a bias where a key is seen, −∞ elsewhere
 * @param floor what hidden scores are raised to at least
 */
function hide(
  model: OnnxModel,
  scores: string,
  mask: string,
  floor?: number,
): { readonly lowered: string; readonly top: string } {
  const masked = one(model, "Add", [scores, mask]);
  const top = one(model, "ReduceMax", [masked, model.ints([-1])], { keepdims: 1 });
  const depth = one(model, "Sub", [top, model.scalar(MASK_DEPTH)]);
  const bound = floor === undefined ? depth : one(model, "Max", [depth, model.scalar(floor)]);
  return { lowered: one(model, "Max", [masked, bound]), top };
}

/** 0 where a query may see a key by its position, −∞ elsewhere, for rows of whole heads; none when it sees all. */
function positionMask({ model, node }: LowerContext, rows: number): string | undefined {
  const { causal, window } = node.attrs;
  const [time, keys] = node.outputs[1].shape.slice(2);
  if (!causal && !window) return undefined;
  if (model.isSymbolic(time) || model.isSymbolic(keys)) return maskInGraph(model, node, rows);
  const reach = Number(window) || keys;
  const data = new Float32Array(rows * keys).fill(-Infinity);
  for (let row = 0; row < rows; row++) {
    const at = (row % time) + keys - time;
    const first = Math.max(0, at - reach + 1);
    data.fill(0, row * keys + first, row * keys + Math.min(keys, causal ? at + 1 : at + reach));
  }
  const kind = `${causal ? "causal" : "local"}${window ? `_${Number(window)}` : ""}`;
  return model.initializer(
    { dtype: "float32", shape: [rows, keys], data },
    `k_${kind}_${rows}_${keys}_${time}`,
  );
}

/** The same mask made at run time, once for all layers. */
function maskInGraph(model: OnnxModel, node: Node, rows: number): string {
  const { causal, window } = node.attrs;
  const [time, keys] = node.outputs[1].shape.slice(2);
  return model.sizes.once(`mask ${Number(causal)} ${Number(window)} ${rows} ${time} ${keys}`, () => {
    const whole = (value: number): string => model.scalar(value, "int64");
    const count = (length: number): string => one(model, "Range", [whole(0), whole(length), whole(1)]);
    const past = one(model, "Sub", [whole(keys), whole(time)]);
    const queries = reshaped(model, one(model, "Add", [count(time), past]), [time, 1]);
    // How far a key lies behind its query.
    const distance = one(model, "Sub", [queries, reshaped(model, count(keys), [1, keys])]);
    const near = (d: string): string => one(model, "Less", [d, whole(Number(window))]);
    const behind = one(model, "GreaterOrEqual", [distance, whole(0)]);
    const within = window ? near(causal ? distance : one(model, "Abs", [distance])) : undefined;
    const seen = causal ? (within ? one(model, "And", [behind, within]) : behind) : within!;
    const mask = one(model, "Where", [seen, model.scalar(0), model.scalar(-Infinity)]);
    if (rows === time) return mask;
    return reshaped(model, one(model, "Expand", [mask, model.ints([rows / time, time, keys])]), [rows, keys]);
  });
}

export const lowerCachedAttention: Lower = (context) => {
  const { model, node, inputs } = context;
  const [qkv, keys, values, , cos = "", sin = ""] = inputs;
  const { heads, groups, scale, window } = node.attrs as Record<string, number>;
  // The kernel rotates heads of 16, 32, … only; narrower ones are rotated before it.
  const fused = cos !== "" && node.inputs[1].shape[3] % 16 === 0 && node.inputs[4].shape[1] % 8 === 0;
  const rows = cos !== "" && !fused ? rotateQueriesAndKeys(context) : qkv;
  const { last, total } = lengths(context);
  const attributes = {
    num_heads: heads,
    kv_num_heads: groups,
    scale: { float: scale },
    do_rotary: flag(fused),
    rotary_interleaved: 0,
    ...(window === undefined ? {} : { local_window_size: window }),
  };
  const tables = fused ? [cos, sin] : [];
  return model.node("GroupQueryAttention", [rows, "", "", keys, values, last, total, ...tables], {
    attributes,
    outputs: 3,
    domain: CONTRIB,
  });
};

/**
 * The last position of each sequence and the longest length, once for all layers: a GPU's kernel wants the
 * length on the CPU, and would otherwise be waited for in every layer.
 */
function lengths({ model, node, inputs: [qkv, , , past] }: LowerContext): {
  readonly last: string;
  readonly total: string;
} {
  const time = node.inputs[0].shape[1];
  const make = (): { readonly last: string; readonly total: string } => {
    const steps = model.isSymbolic(time) ? dimOf(model, qkv, 1) : model.scalar(time, "int32");
    const seen = one(model, "Add", [past, steps]);
    const last = one(model, "Sub", [seen, model.scalar(1, "int32")]);
    return { last, total: one(model, "ReduceMax", [seen, model.ints([0])], { keepdims: 0 }) };
  };
  return model.once(`lengths ${past} ${time}`, () => model.leftToCpu(make));
}

function rotateQueriesAndKeys({ model, node, inputs: [qkv, , , past, cos, sin] }: LowerContext): string {
  const { heads, groups } = node.attrs as Record<string, number>;
  const [batch, time, total] = node.inputs[0].shape;
  const width = total / (heads + 2 * groups);
  const turning = width * (heads + groups);
  const part = (start: number, end: number): string =>
    one(model, "Slice", [qkv, model.ints([start]), model.ints([end]), model.ints([2])]);
  const count = model.isSymbolic(time) ? dimOf(model, qkv, 1) : model.scalar(time, "int32");
  const steps = one(model, "Range", [model.scalar(0, "int32"), count, model.scalar(1, "int32")]);
  const column = reshaped(model, past, [batch, 1]);
  const positions = one(model, "Cast", [one(model, "Add", [column, steps])], { to: ELEMENT_TYPES.int64 });
  const rotation = partOf(node.inputs[4].shape[1], width, heads + groups);
  const turned = one(model, "RotaryEmbedding", [part(0, turning), positions, cos, sin], rotation, CONTRIB);
  return one(model, "Concat", [turned, part(turning, total)], { axis: 2 });
}
