import type { OpName } from "../../../ops/index.js";
import { CONTRIB, ELEMENT_TYPES } from "../model.js";
import { lowerAttention, lowerCachedAttention, lowerRope } from "./attention.js";
import { DECOMPOSED, direct, one, reshaped, unsigned, type Device, type Lower } from "./context.js";
import { lowerMatmul } from "./contraction.js";
import { lowerGelu } from "./elementwise.js";
import { lowerProjectionLoss, lowerSubtractOneHot, lowerTokenLoss } from "./loss.js";
import { lowerAfter, lowerConstant, lowerPad, lowerScatterAdd, lowerSlice } from "./movement.js";
import { lowerLayerNorm, lowerRmsNorm } from "./normalization.js";
import { lowerDequantize, lowerQuantMatmul } from "./quantized.js";
import { lowerReduce } from "./reduction.js";
import { WEBGPU_LOWERINGS } from "./webgpu.js";
import { lowerAdamW, lowerDescend } from "./update.js";

/** How each op becomes ONNX. Typed by OpName: a missing rule does not compile. */
export const LOWERINGS: Readonly<Record<OpName, Lower | typeof DECOMPOSED>> = {
  abs: direct("Abs"),
  adamw: lowerAdamW,
  add: direct("Add"),
  after: lowerAfter,
  attention: lowerAttention,
  cachedAttention: lowerCachedAttention,
  cast: ({ model, node, inputs }) => [
    one(model, "Cast", inputs, { to: ELEMENT_TYPES[node.outputs[0].dtype] }),
  ],
  concat: ({ model, node, inputs }) => [one(model, "Concat", inputs, { axis: Number(node.attrs.axis) })],
  constant: lowerConstant,
  cos: direct("Cos"),
  dequantize: lowerDequantize,
  descend: lowerDescend,
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

/** The rule of an op on a device, if there is one: others are written out before a graph is compiled. */
export function ruleOf(name: string, device: Device): Lower | undefined {
  const own = device === "webgpu" ? WEBGPU_LOWERINGS[name as OpName] : undefined;
  const row = (own ?? LOWERINGS[name as OpName]) as Lower | typeof DECOMPOSED | undefined;
  return row === DECOMPOSED ? undefined : row;
}
