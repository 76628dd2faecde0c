import { CONTRIB, ELEMENT_TYPES, type OnnxModel } from "../model.js";
import { type Lower, type LowerContext, dimOf, flag, one, reshaped } from "./context.js";

export const lowerRope: Lower = ({ model, node, inputs: [x, positions, cos, sin] }) => {
  const [batch, time, heads, width] = node.inputs[0].shape;
  const wide = one(model, "Cast", [positions], { to: ELEMENT_TYPES.int64 });
  const angle = node.attrs.inverse ? one(model, "Neg", [sin]) : sin;
  const rows = reshaped(model, x, [batch, time, heads * width]);
  const turned = one(model, "RotaryEmbedding", [rows, wide, cos, angle], {}, CONTRIB);
  return [reshaped(model, turned, node.outputs[0].shape)];
};

/**
 * Scores, softmax and values as three products' worth of nodes: cheaper than the Attention operator, whose
 * softmax pays for every masked score.
 */
export const lowerAttention: Lower = ({ model, node, inputs: [q, k, v] }) => {
  const [batch, heads, time, width] = node.inputs[0].shape;
  const [, groups, keys] = node.inputs[1].shape;
  const rows = (heads / groups) * time;
  const byGroup = heads === groups ? q : reshaped(model, q, [batch, groups, rows, width]);
  const attributes = { transB: 1, alpha: { float: Number(node.attrs.scale) } };
  const scores = one(model, "FusedMatMul", [byGroup, k], attributes, CONTRIB);
  const masked = node.attrs.causal ? maskFuture(model, scores, rows, time) : scores;
  const p = one(model, "Softmax", [masked], { axis: -1 });
  const y = one(model, "FusedMatMul", [p, v], {}, CONTRIB);
  return [reshaped(model, y, node.outputs[0].shape), reshaped(model, p, [batch, heads, time, keys])];
};

/** How far below a row's maximum masked scores lie: e⁻⁶⁰ ≈ 10⁻²⁶ vanishes beside any float32 weight of the row. */
const MASK_DEPTH = 60;

/**
 * Scores of later keys lowered to 60 below their row's maximum. With −∞ the exponential underflows, which
 * makes the softmax seven times slower (measured: 3.4 against 0.5 ms for 64 × 128 × 128).
 */
function maskFuture(model: OnnxModel, scores: string, rows: number, time: number): string {
  const masked = one(model, "Add", [scores, causalMask(model, rows, time)]);
  const top = one(model, "ReduceMax", [masked, model.ints([-1])], { keepdims: 1 });
  return one(model, "Max", [masked, one(model, "Sub", [top, model.scalar(MASK_DEPTH)])]);
}

/** 0 where key s ≤ row's position, −∞ elsewhere, for rows of whole heads. */
function causalMask(model: OnnxModel, rows: number, time: number): string {
  const data = new Float32Array(rows * time);
  for (let row = 0; row < rows; row++) data.fill(-Infinity, row * time + (row % time) + 1, (row + 1) * time);
  return model.initializer({ dtype: "float32", shape: [rows, time], data }, `k_causal_${rows}_${time}`);
}

export const lowerCachedAttention: Lower = (context) => {
  const { model, node, inputs } = context;
  const [qkv, keys, values, past, cos = "", sin = ""] = inputs;
  const { heads, groups, scale } = node.attrs as Record<string, number>;
  const time = node.inputs[0].shape[1];
  const steps = model.isSymbolic(time) ? dimOf(model, qkv, 1) : model.scalar(time, "int32");
  // The kernel rotates heads of 16, 32, … only; narrower ones are rotated before it.
  const fused = cos !== "" && node.inputs[1].shape[3] % 16 === 0;
  const rows = cos !== "" && !fused ? rotateQueriesAndKeys(context) : qkv;
  const seen = one(model, "Add", [past, steps]);
  const last = one(model, "Sub", [seen, model.scalar(1, "int32")]);
  const total = one(model, "ReduceMax", [seen, model.ints([0])], { keepdims: 0 });
  const attributes = {
    num_heads: heads,
    kv_num_heads: groups,
    scale: { float: scale },
    do_rotary: flag(fused),
    rotary_interleaved: 0,
  };
  const tables = fused ? [cos, sin] : [];
  return model.node("GroupQueryAttention", [rows, "", "", keys, values, last, total, ...tables], {
    attributes,
    outputs: 3,
    domain: CONTRIB,
  });
};

function rotateQueriesAndKeys({ model, node, inputs: [qkv, , , past, cos, sin] }: LowerContext): string {
  const { heads, groups } = node.attrs as Record<string, number>;
  const [batch, time, total] = node.inputs[0].shape;
  const turning = (total / (heads + 2 * groups)) * (heads + groups);
  const part = (start: number, end: number): string =>
    one(model, "Slice", [qkv, model.ints([start]), model.ints([end]), model.ints([2])]);
  const count = model.isSymbolic(time) ? dimOf(model, qkv, 1) : model.scalar(time, "int32");
  const steps = one(model, "Range", [model.scalar(0, "int32"), count, model.scalar(1, "int32")]);
  const column = reshaped(model, past, [batch, 1]);
  const positions = one(model, "Cast", [one(model, "Add", [column, steps])], { to: ELEMENT_TYPES.int64 });
  const turned = one(model, "RotaryEmbedding", [part(0, turning), positions, cos, sin], {}, CONTRIB);
  return one(model, "Concat", [turned, part(turning, total)], { axis: 2 });
}
