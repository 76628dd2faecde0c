import type { Node } from "../../graph/index.js";
import type { OpName } from "../../ops/index.js";
import { fromNumbers, sizeOf, type Shape } from "../../tensor/index.js";
import { CONTRIB, ELEMENT_TYPES, type OnnxAttribute, type OnnxModel } from "./model.js";

/** What a lowering rule sees: the node, the names of its inputs and which outputs anyone reads. */
export interface LowerContext {
  readonly model: OnnxModel;
  readonly node: Node;
  readonly inputs: readonly string[];
  readonly used: (output: number) => boolean;
}

/** Emits ONNX nodes for one op; returns a name per output. */
export type Lower = (context: LowerContext) => readonly string[];

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** An op that is one ONNX operator of the same operands. */
const direct =
  (type: string, attributes: Attributes = {}, domain = ""): Lower =>
  ({ model, inputs }) =>
    model.node(type, inputs, { attributes, domain });

const one = (
  model: OnnxModel,
  type: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  domain = "",
): string => model.node(type, inputs, { attributes, domain })[0];

const reshaped = (model: OnnxModel, name: string, shape: Shape): string =>
  one(model, "Reshape", [name, model.shape(shape)]);

const flag = (value: unknown): number => (value ? 1 : 0);

const lowerMatmul: Lower = ({ model, node, inputs }) => {
  const { transA, transB, alpha } = node.attrs;
  const attributes = { transA: flag(transA), transB: flag(transB), alpha: { float: Number(alpha) } };
  if (node.outputs[0].shape.length === 2) return model.node("Gemm", inputs, { attributes });
  const product = one(model, "FusedMatMul", inputs.slice(0, 2), attributes, CONTRIB);
  return [inputs[2] ? one(model, "Add", [product, inputs[2]]) : product];
};

const lowerReduce =
  (type: string): Lower =>
  ({ model, node, inputs }) => {
    const axes = model.ints(node.attrs.axes as readonly number[]);
    return [one(model, type, [inputs[0], axes], { keepdims: flag(node.attrs.keepDims) })];
  };

const lowerSlice: Lower = ({ model, node, inputs }) => {
  const { axis, start, end } = node.attrs as Record<string, number>;
  const length = node.inputs[0].shape[axis];
  // Along a symbolic axis positions count from its end, whatever its length turns out to be.
  const place = (position: number): number =>
    !model.isSymbolic(length) || position === 0 ? position : position === length ? END : position - length;
  return [
    one(model, "Slice", [
      inputs[0],
      model.ints([place(start)]),
      model.ints([place(end)]),
      model.ints([axis]),
    ]),
  ];
};

/** ONNX clamps slices, so this is "to the end". */
const END = 2 ** 31 - 1;

const lowerPad: Lower = ({ model, node, inputs }) => {
  const { axis, before, after } = node.attrs as Record<string, number>;
  const rank = node.outputs[0].shape.length;
  const pads = Array.from({ length: 2 * rank }, (_, i) =>
    i === axis ? before : i === rank + axis ? after : 0,
  );
  return [one(model, "Pad", [inputs[0], model.ints(pads)])];
};

const lowerConstant: Lower = ({ model, node }) => {
  const [{ shape, dtype }] = node.outputs;
  const value = Number(node.attrs.value);
  const scalar = model.initializer(fromNumbers([value], [], dtype), `k_${dtype}_${value}`);
  return [shape.length === 0 ? scalar : one(model, "Expand", [scalar, model.ints(shape)])];
};

/** Indices as ONNX should read them: its own would count negative ones from the end, these lie far outside. */
const unsigned = (model: OnnxModel, index: string): string =>
  one(model, "Cast", [one(model, "Cast", [index], { to: ELEMENT_TYPES.uint32 })], {
    to: ELEMENT_TYPES.int64,
  });

const lowerScatterAdd: Lower = ({ model, node, inputs: [base, index, rows] }) => {
  const count = sizeOf(node.inputs[1].shape);
  const wide = unsigned(model, index);
  const updates = reshaped(model, rows, [count, ...node.outputs[0].shape.slice(1)]);
  return [one(model, "ScatterND", [base, reshaped(model, wide, [count, 1]), updates], { reduction: "add" })];
};

const lowerGelu: Lower = ({ model, node, inputs }) =>
  node.attrs.approximate === "tanh"
    ? model.node("FastGelu", inputs, { domain: CONTRIB })
    : model.node("Gelu", inputs, { attributes: { approximate: "none" } });

const lowerLayerNorm: Lower = ({ model, node, inputs }) =>
  model.node("LayerNormalization", inputs, {
    attributes: { axis: -1, epsilon: { float: Number(node.attrs.eps) } },
    outputs: 3,
  });

const lowerRmsNorm: Lower = ({ model, node, inputs }) =>
  model.node("SimplifiedLayerNormalization", inputs, {
    attributes: { axis: -1, epsilon: { float: Number(node.attrs.eps) } },
    outputs: 2,
  });

const lowerRope: Lower = ({ model, node, inputs: [x, positions, cos, sin] }) => {
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
const lowerAttention: Lower = ({ model, node, inputs: [q, k, v] }) => {
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

const lowerTokenLoss: Lower = ({ model, node, inputs: [logits, targets] }) => {
  const [rows] = node.outputs[0].shape;
  return lossesOf(model, logits, targets, rows);
};

const lowerProjectionLoss: Lower = ({ model, node, inputs: [x, w, targets] }) => {
  const [rows] = node.outputs[0].shape;
  return lossesOf(model, one(model, "Gemm", [x, w], { transB: 1 }), targets, rows);
};

/** Softmax, one gathered element a row, log: two passes over [N, V]. */
function lossesOf(model: OnnxModel, logits: string, targets: string, rows: number): string[] {
  const p = one(model, "Softmax", [logits], { axis: -1 });
  const picked = one(model, "GatherElements", [p, reshaped(model, unsigned(model, targets), [rows, 1])], {
    axis: 1,
  });
  // Below the smallest normal float the logarithm would be −∞.
  const safe = one(model, "Clip", [picked, model.scalar(1.2e-38)]);
  return [one(model, "Neg", [one(model, "Log", [reshaped(model, safe, [rows])])]), p];
}

const lowerSubtractOneHot: Lower = ({ model, node, inputs: [p, targets] }) => {
  const [rows] = node.outputs[0].shape;
  const minus = one(model, "Expand", [model.scalar(-1), model.ints([rows, 1])]);
  const index = reshaped(model, targets, [rows, 1]);
  return [one(model, "ScatterElements", [p, index, minus], { axis: 1, reduction: "add" })];
};

const lowerAdamW: Lower = ({ model, node, inputs: [p, g0, m, v, rate, eps, decay, gradScale] }) => {
  const { beta1, beta2 } = node.attrs as Record<string, number>;
  const scale = node.inputs[7].node;
  const g = isOne(scale) ? g0 : one(model, "Mul", [g0, gradScale]);
  const m1 = one(model, "Add", [one(model, "Mul", [m, model.scalar(beta1)]), g]);
  const v1 = one(model, "Add", [one(model, "Mul", [v, model.scalar(beta2)]), one(model, "Mul", [g, g])]);
  const root = one(model, "Add", [one(model, "Sqrt", [v1]), eps]);
  const step = one(model, "Mul", [one(model, "Div", [m1, root]), rate]);
  const kept = isOne(node.inputs[6].node) ? p : one(model, "Mul", [p, decay]);
  return [one(model, "Sub", [kept, step]), m1, v1];
};

const isOne = (node: Node): boolean => node.attrs.value === 1 && node.inputs.length === 0;

const lowerQuantMatmul: Lower = ({ model, node, inputs }) => {
  const { bits, block, accuracyLevel } = node.attrs as Record<string, number>;
  const [x] = node.inputs;
  return model.node("MatMulNBits", inputs, {
    attributes: {
      K: x.shape[x.shape.length - 1],
      N: node.inputs[1].shape[0],
      bits,
      block_size: block,
      accuracy_level: accuracyLevel,
    },
    domain: CONTRIB,
  });
};

const lowerDequantize: Lower = ({ model, node, inputs: [packed, scales] }) => {
  const { bits, block, columns } = node.attrs as Record<string, number>;
  const axis = node.inputs[0].shape.length - 2;
  const [blocks, bytes] = node.inputs[0].shape.slice(axis);
  const q =
    bits === 8
      ? keepLead(model, packed, axis, [blocks * block])
      : nibbles(model, packed, axis, blocks * bytes);
  const zero = model.initializer(fromNumbers([2 ** (bits - 1)], [], "uint8"), `k_zero_${bits}`);
  const zeros = one(model, "Expand", [zero, one(model, "Shape", [scales])]);
  const w = one(model, "DequantizeLinear", [q, scales, zeros], { axis, block_size: block });
  if (columns === blocks * block) return [w];
  return [one(model, "Slice", [w, model.ints([0]), model.ints([columns]), model.ints([axis])])];
};

/** A reshape that leaves the first axes as they are, whatever their run-time sizes: 0 stands for "the same". */
const keepLead = (model: OnnxModel, name: string, lead: number, rest: readonly number[]): string =>
  one(model, "Reshape", [name, model.ints([...new Array<number>(lead).fill(0), ...rest])]);

/** Bytes […, C] to their low and high halves […, 2C], low first. */
function nibbles(model: OnnxModel, packed: string, lead: number, columns: number): string {
  const bytes = keepLead(model, packed, lead, [columns, 1]);
  const constant = (value: number): string =>
    model.initializer(fromNumbers([value], [], "uint8"), `k_uint8_${value}`);
  const low = one(model, "BitwiseAnd", [bytes, constant(15)]);
  const high = one(model, "BitShift", [bytes, constant(4)], { direction: "RIGHT" });
  return keepLead(model, one(model, "Concat", [low, high], { axis: lead + 1 }), lead, [2 * columns]);
}

const lowerCachedAttention: Lower = (context) => {
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

/** One axis of a value's run-time shape, as an int32 scalar. */
function dimOf(model: OnnxModel, name: string, axis: number): string {
  const dim = one(model, "Gather", [one(model, "Shape", [name]), model.scalar(axis, "int64")]);
  return one(model, "Cast", [dim], { to: ELEMENT_TYPES.int32 });
}

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

/** How each op becomes ONNX. Typed by OpName: a missing rule does not compile. */
export const LOWERINGS: Readonly<Record<OpName, Lower>> = {
  abs: direct("Abs"),
  adamw: lowerAdamW,
  add: direct("Add"),
  attention: lowerAttention,
  cachedAttention: lowerCachedAttention,
  cast: ({ model, node, inputs }) => [
    one(model, "Cast", inputs, { to: ELEMENT_TYPES[node.outputs[0].dtype] }),
  ],
  concat: ({ model, node, inputs }) => [one(model, "Concat", inputs, { axis: Number(node.attrs.axis) })],
  constant: lowerConstant,
  cos: direct("Cos"),
  dequantize: lowerDequantize,
  div: direct("Div"),
  equal: direct("Equal"),
  erf: direct("Erf"),
  exp: direct("Exp"),
  expand: ({ model, node, inputs }) => [one(model, "Expand", [inputs[0], model.ints(node.outputs[0].shape)])],
  gather: ({ model, inputs: [table, index] }) => model.node("Gather", [table, unsigned(model, index)]),
  gelu: lowerGelu,
  greater: direct("Greater"),
  layerNorm: lowerLayerNorm,
  less: direct("Less"),
  log: direct("Log"),
  matmul: lowerMatmul,
  max: lowerReduce("ReduceMax"),
  maximum: direct("Max"),
  minimum: direct("Min"),
  mul: direct("Mul"),
  neg: direct("Neg"),
  pad: lowerPad,
  projectionLoss: lowerProjectionLoss,
  quantMatmul: lowerQuantMatmul,
  reshape: ({ model, node, inputs }) => [reshaped(model, inputs[0], node.outputs[0].shape)],
  rmsNorm: lowerRmsNorm,
  rope: lowerRope,
  scatterAdd: lowerScatterAdd,
  sigmoid: direct("Sigmoid"),
  sign: direct("Sign"),
  silu: direct("QuickGelu", { alpha: { float: 1 } }, CONTRIB),
  sin: direct("Sin"),
  slice: lowerSlice,
  softmax: direct("Softmax", { axis: -1 }),
  split: ({ model, node, inputs }) =>
    model.node("Split", [inputs[0], model.ints(node.attrs.sizes as readonly number[])], {
      attributes: { axis: Number(node.attrs.axis) },
      outputs: node.outputs.length,
    }),
  sqrt: direct("Sqrt"),
  stopGradient: direct("Identity"),
  sub: direct("Sub"),
  subtractOneHot: lowerSubtractOneHot,
  sum: lowerReduce("ReduceSum"),
  tanh: direct("Tanh"),
  tokenLoss: lowerTokenLoss,
  transpose: ({ model, node, inputs }) => [
    one(model, "Transpose", inputs, { perm: node.attrs.order as readonly number[] }),
  ],
  where: direct("Where"),
};
