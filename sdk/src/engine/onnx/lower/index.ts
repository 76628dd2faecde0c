import type { OpName } from "../../../ops/index.js";
import { CONTRIB } from "../model.js";
import { lowerAttention, lowerCachedAttention, lowerRope } from "./attention.js";
import { DECOMPOSED, direct, one, reshaped, unsigned, type Device, type Lower } from "./context.js";
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
import { lowerArg, lowerCumsum, lowerReduce } from "./reduction.js";
import { WEBGPU_LOWERINGS } from "./webgpu.js";
import { lowerAdamW, lowerDescend } from "./update.js";

/** How each op becomes ONNX. Typed by OpName: a missing rule does not compile. */
export const LOWERINGS: Readonly<Record<OpName, Lower | typeof DECOMPOSED>> = {
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
  max: lowerReduce("ReduceMax"),
  maximum: direct("Max"),
  maxPool: lowerMaxPool,
  min: lowerReduce("ReduceMin"),
  minimum: direct("Min"),
  mul: direct("Mul"),
  mulHigh: lowerMulHigh,
  neg: direct("Neg"),
  pad: lowerPad,
  pow: direct("Pow"),
  prod: lowerReduce("ReduceProd"),
  projectionLoss: lowerProjectionLoss,
  quantMatmul: lowerQuantMatmul,
  randomBits: lowerRandomBits,
  relu: direct("Relu"),
  remainder: lowerRemainder,
  reshape: ({ model, node, inputs }) => [reshaped(model, inputs[0], node.outputs[0].shape)],
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
  softmax: direct("Softmax", { axis: -1 }),
  softplus: direct("Softplus"),
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
  tan: direct("Tan"),
  tanh: direct("Tanh"),
  tokenLoss: lowerTokenLoss,
  topK: lowerTopK,
  transpose: ({ model, node, inputs }) => [
    one(model, "Transpose", inputs, { perm: node.attrs.order as readonly number[] }),
  ],
  trilu: lowerTrilu,
  where: lowerWhere,
};

/** The rule of an op on a device, if there is one: others are written out before a graph is compiled. */
export function ruleOf(name: string, device: Device): Lower | undefined {
  const own = device === "webgpu" ? WEBGPU_LOWERINGS[name as OpName] : undefined;
  const row = (own ?? LOWERINGS[name as OpName]) as Lower | typeof DECOMPOSED | undefined;
  return row === undefined || row === DECOMPOSED ? undefined : carried(row);
}
