import type { AnyOp } from "../../../graph/index.js";
import { OPS, type OpName } from "../../../ops/index.js";
import { CONTRIB } from "../model.js";
import { lowerAttention, lowerCachedAttention, lowerRope } from "./attention.js";
import { DECOMPOSED, direct, HOST, one, reshaped, unsigned, type Device, type Lower } from "./context.js";
import { carried } from "./carry.js";
import { lowerMatmul } from "./contraction.js";
import { lowerConv, lowerConvInput, lowerConvWeight } from "./convolution.js";
import {
  lowerCast,
  lowerClip,
  lowerDiv,
  lowerExpm1,
  lowerGelu,
  lowerLog1p,
  lowerRemainder,
  lowerWhere,
  withAlpha,
} from "./elementwise.js";
import { lowerAveragePool, lowerMaxPool } from "./pooling.js";
import { lowerProjectionLoss, lowerSubtractOneHot, lowerTokenLoss } from "./loss.js";
import { lowerAfter, lowerArange, lowerConstant, lowerPad, lowerScatterAdd, lowerSlice } from "./movement.js";
import {
  lowerFlip,
  lowerGatherElements,
  lowerScatterElementsAdd,
  lowerStride,
  lowerTopK,
  lowerTrilu,
} from "./selection.js";
import { lowerLayerNorm, lowerRmsNorm } from "./normalization.js";
import { lowerDequantize, lowerQuantMatmul } from "./quantized.js";
import { lowerMulHigh, lowerRandomBits } from "./random.js";
import { lowerArg, lowerCumsum, lowerExtreme, lowerReduce } from "./reduction.js";
import { PORTABLE_LOWERINGS } from "./portable.js";
import { WEBGPU_LOWERINGS } from "./webgpu.js";
import { lowerScan } from "./scan.js";
import { softmaxOf } from "./softmax.js";
import { lowerAdamW, lowerDescend } from "./update.js";

/** How each op becomes ONNX. Typed by OpName: a missing rule does not compile. */
export const LOWERINGS: Readonly<Record<OpName, Lower | typeof DECOMPOSED | typeof HOST>> = {
  abs: direct("Abs"),
  adamw: lowerAdamW,
  add: direct("Add"),
  after: lowerAfter,
  arange: lowerArange,
  argMax: lowerArg("ArgMax"),
  argMin: lowerArg("ArgMin"),
  atan: direct("Atan"),
  attention: lowerAttention,
  averagePool: lowerAveragePool,
  bitAnd: direct("BitwiseAnd"),
  bitNot: direct("BitwiseNot"),
  bitOr: direct("BitwiseOr"),
  bitXor: direct("BitwiseXor"),
  cachedAttention: lowerCachedAttention,
  cast: lowerCast,
  ceil: direct("Ceil"),
  cholesky: HOST,
  clip: lowerClip,
  concat: ({ model, node, inputs }) => [one(model, "Concat", inputs, { axis: Number(node.attrs.axis) })],
  constant: lowerConstant,
  conv: lowerConv,
  convInput: lowerConvInput,
  convWeight: lowerConvWeight,
  cos: direct("Cos"),
  cumsum: lowerCumsum,
  dequantize: lowerDequantize,
  descend: lowerDescend,
  div: lowerDiv,
  eigh: HOST,
  elu: withAlpha("Elu"),
  equal: direct("Equal"),
  erf: direct("Erf"),
  exp: direct("Exp"),
  expand: ({ model, node, inputs }) => [one(model, "Expand", [inputs[0], model.ints(node.outputs[0].shape)])],
  expm1: lowerExpm1,
  flip: lowerFlip,
  floor: direct("Floor"),
  gather: ({ model, inputs: [table, index] }) => model.node("Gather", [table, unsigned(model, index)]),
  gatherElements: lowerGatherElements,
  gelu: lowerGelu,
  greater: direct("Greater"),
  greaterEqual: direct("GreaterOrEqual"),
  indexSelect: ({ model, node, inputs: [x, index] }) => [
    one(model, "Gather", [x, unsigned(model, index)], { axis: Number(node.attrs.axis) }),
  ],
  isNaN: direct("IsNaN"),
  layerNorm: lowerLayerNorm,
  leakyRelu: withAlpha("LeakyRelu"),
  less: direct("Less"),
  lessEqual: direct("LessOrEqual"),
  log: direct("Log"),
  log1p: lowerLog1p,
  logicalAnd: direct("And"),
  logicalNot: direct("Not"),
  logicalOr: direct("Or"),
  logicalXor: direct("Xor"),
  logSumExp: lowerReduce("ReduceLogSumExp"),
  matmul: lowerMatmul,
  max: lowerExtreme("ReduceMax"),
  maximum: direct("Max"),
  maxPool: lowerMaxPool,
  min: lowerExtreme("ReduceMin"),
  minimum: direct("Min"),
  mul: direct("Mul"),
  mulHigh: lowerMulHigh,
  neg: direct("Neg"),
  pad: lowerPad,
  pinv: HOST,
  pow: direct("Pow"),
  prod: lowerReduce("ReduceProd"),
  projectionLoss: lowerProjectionLoss,
  qr: HOST,
  quantMatmul: lowerQuantMatmul,
  randomBits: lowerRandomBits,
  relu: direct("Relu"),
  remainder: lowerRemainder,
  reshape: ({ model, node, inputs }) => [
    reshaped(model, inputs[0], node.outputs[0].shape, node.inputs[0].shape),
  ],
  rmsNorm: lowerRmsNorm,
  rope: lowerRope,
  round: direct("Round"),
  scatterAdd: lowerScatterAdd,
  scatterElementsAdd: lowerScatterElementsAdd,
  shiftLeft: direct("BitShift", { direction: "LEFT" }),
  shiftRight: direct("BitShift", { direction: "RIGHT" }),
  sigmoid: direct("Sigmoid"),
  sign: direct("Sign"),
  silu: direct("QuickGelu", { alpha: { float: 1 } }, CONTRIB),
  sin: direct("Sin"),
  slice: lowerSlice,
  slogdet: HOST,
  softmax: (context) => [softmaxOf(context, context.inputs[0], context.node.outputs[0].shape)],
  softplus: direct("Softplus"),
  solve: HOST,
  split: ({ model, node, inputs }) =>
    model.node("Split", [inputs[0], model.ints(node.attrs.sizes as readonly number[])], {
      attributes: { axis: Number(node.attrs.axis) },
      outputs: node.outputs.length,
    }),
  sqrt: direct("Sqrt"),
  stopGradient: direct("Identity"),
  stride: lowerStride,
  sub: direct("Sub"),
  subtractOneHot: lowerSubtractOneHot,
  sum: lowerReduce("ReduceSum"),
  svd: HOST,
  tan: direct("Tan"),
  tanh: direct("Tanh"),
  tokenLoss: lowerTokenLoss,
  topK: lowerTopK,
  transpose: ({ model, node, inputs }) => [
    one(model, "Transpose", inputs, { perm: node.attrs.order as readonly number[] }),
  ],
  triangularSolve: HOST,
  trilu: lowerTrilu,
  where: lowerWhere,
};

/** Rows that a device has for itself. */
const OWN: Readonly<Record<Device, Readonly<Partial<Record<OpName, Lower>>>>> = {
  cpu: {},
  webgpu: WEBGPU_LOWERINGS,
  portable: PORTABLE_LOWERINGS,
};

const registered = new WeakMap<AnyOp, Lower>();

/**
 * Teaches the ONNX engine an op that is not in the table: its own `defineOp` record. Without a rule the engine
 * writes an op out by its `decompose`; a rule is for operators of the library that do it faster.
 *
 * @param rule emits ONNX nodes by `model.node(type, inputs, { attributes })` and returns a name for each output
 * @example
 * const softsignOp = defineOp<Record<string, never>>({
 *   name: "softsign",
 *   doc: "x / (1 + |x|)",
 *   traits: ["elementwise"],
 *   shape: ([x]) => [x],
 *   vjp: ({ inputs: [x], grads: [g] }) => {
 *     const scale = x.abs().add(1);
 *     return [g && g.div(scale.mul(scale))];
 *   },
 *   reference: ([x]) => [x.data.map((value) => value / (1 + Math.abs(value)))],
 *   samples: () => [{ inputs: [{ shape: [4], dtype: "float32" }], attrs: {} }],
 * });
 * registerLowering(softsignOp, ({ model, inputs }) => model.node("Softsign", inputs));
 * await apply(softsignOp, [tensor([1, -3])], {}).data(); // [0.5, -0.75]
 */
export const registerLowering = (op: AnyOp, rule: Lower): void => void registered.set(op, rule);

/** The rule of an op on a device, if there is one: others are written out before a graph is compiled. */
export function ruleOf(op: AnyOp, device: Device): Lower | undefined {
  const { name } = op;
  if (op.body) return lowerScan;
  const given = registered.get(op);
  if (given) return given;
  // An op of one's own may bear the name of one of the table.
  if ((OPS as Readonly<Record<string, AnyOp>>)[name] !== op) return undefined;
  const own = OWN[device][name as OpName];
  const row = (own ?? LOWERINGS[name as OpName]) as Lower | typeof DECOMPOSED | typeof HOST | undefined;
  return row === undefined || row === DECOMPOSED || row === HOST ? undefined : carried(row);
}

/**
 * How ONNX Runtime runs an op: by a rule of its own, by one of its own on each device, written out in
 * other ops, or by its definition on the host between programs.
 *
 * @example loweringOf("relu") // "rule"
 */
export function loweringOf(name: OpName): "rule" | "rule, another on WebGPU" | "written out" | "on the host" {
  if (LOWERINGS[name] === HOST) return "on the host";
  if (LOWERINGS[name] === DECOMPOSED) return "written out";
  return WEBGPU_LOWERINGS[name] ? "rule, another on WebGPU" : "rule";
}
