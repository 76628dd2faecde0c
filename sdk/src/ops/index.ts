// Batch → Graph: the vocabulary. One file per op, one record each.
import { provideGradOps } from "../graph/index.js";
import { absOp } from "./abs.js";
import { add, addOp } from "./add.js";
import { adamwOp } from "./adamw.js";
import { after, afterOp } from "./after.js";
import { attentionOp } from "./attention-op.js";
import { cachedAttentionOp } from "./cached-attention.js";
import { castOp } from "./cast.js";
import { concatOp } from "./concat.js";
import { constantOp, filledLike } from "./constant.js";
import { cosOp } from "./cos.js";
import { subtractOneHotOp, tokenLossOp } from "./cross-entropy.js";
import { dequantizeOp } from "./dequantize.js";
import { descendOp } from "./descend.js";
import { divOp } from "./div.js";
import { equalOp } from "./equal.js";
import { erfOp } from "./erf.js";
import { expOp } from "./exp.js";
import { expandOp } from "./expand.js";
import { gatherOp } from "./gather.js";
import { geluOp } from "./gelu.js";
import { greaterOp } from "./greater.js";
import { layerNormOp } from "./layer-norm.js";
import { lessOp } from "./less.js";
import { logOp } from "./log.js";
import { matmulOp } from "./matmul.js";
import { maxOp } from "./max.js";
import { maximumOp } from "./maximum.js";
import { minimumOp } from "./minimum.js";
import { mulOp } from "./mul.js";
import { negOp } from "./neg.js";
import { padOp } from "./pad.js";
import { projectionLossOp } from "./projection-loss.js";
import { quantMatmulOp } from "./quant-matmul.js";
import { reshapeOp } from "./reshape.js";
import { rmsNormOp } from "./rms-norm.js";
import { ropeOp } from "./rope.js";
import { scatterAddOp } from "./scatter-add.js";
import { sigmoidOp } from "./sigmoid.js";
import { signOp } from "./sign.js";
import { siluOp } from "./silu.js";
import { sinOp } from "./sin.js";
import { sliceOp } from "./slice.js";
import { softmaxOp } from "./softmax.js";
import { splitOp } from "./split.js";
import { sqrtOp } from "./sqrt.js";
import { stopGradientOp } from "./stop-gradient.js";
import { subOp } from "./sub.js";
import { sumOp } from "./sum.js";
import { tanhOp } from "./tanh.js";
import { transposeOp } from "./transpose.js";
import { whereOp } from "./where.js";

provideGradOps({ add, after, filled: filledLike });

/** Every op. An engine's lowering table is typed by its keys, so that a missing rule does not compile. */
export const OPS = {
  abs: absOp,
  adamw: adamwOp,
  add: addOp,
  after: afterOp,
  attention: attentionOp,
  cachedAttention: cachedAttentionOp,
  cast: castOp,
  concat: concatOp,
  constant: constantOp,
  cos: cosOp,
  dequantize: dequantizeOp,
  descend: descendOp,
  div: divOp,
  equal: equalOp,
  erf: erfOp,
  exp: expOp,
  expand: expandOp,
  gather: gatherOp,
  gelu: geluOp,
  greater: greaterOp,
  layerNorm: layerNormOp,
  less: lessOp,
  log: logOp,
  matmul: matmulOp,
  max: maxOp,
  maximum: maximumOp,
  minimum: minimumOp,
  mul: mulOp,
  neg: negOp,
  pad: padOp,
  projectionLoss: projectionLossOp,
  quantMatmul: quantMatmulOp,
  reshape: reshapeOp,
  rmsNorm: rmsNormOp,
  rope: ropeOp,
  scatterAdd: scatterAddOp,
  sigmoid: sigmoidOp,
  sign: signOp,
  silu: siluOp,
  sin: sinOp,
  slice: sliceOp,
  softmax: softmaxOp,
  split: splitOp,
  sqrt: sqrtOp,
  stopGradient: stopGradientOp,
  sub: subOp,
  subtractOneHot: subtractOneHotOp,
  sum: sumOp,
  tanh: tanhOp,
  tokenLoss: tokenLossOp,
  transpose: transposeOp,
  where: whereOp,
} as const;

export type OpName = keyof typeof OPS;

export { abs } from "./abs.js";
export { adamwUpdate, type AdamWScalars } from "./adamw.js";
export { add } from "./add.js";
export { after } from "./after.js";
export { attention, type AttentionOptions } from "./attention.js";
export type { Operand } from "./broadcast.js";
export { cachedAttention } from "./cached-attention.js";
export { cast } from "./cast.js";
export { concat } from "./concat.js";
export { full, ones, zeros } from "./constant.js";
export { cos } from "./cos.js";
export { crossEntropy, tokenLosses } from "./cross-entropy.js";
export { dequantize } from "./dequantize.js";
export { descend } from "./descend.js";
export { div } from "./div.js";
export { equal } from "./equal.js";
export { erf } from "./erf.js";
export { exp } from "./exp.js";
export { expand } from "./expand.js";
export { gather } from "./gather.js";
export { gelu } from "./gelu.js";
export { greater } from "./greater.js";
export { layerNorm } from "./layer-norm.js";
export { less } from "./less.js";
export { log } from "./log.js";
export { matmul, type MatmulOptions } from "./matmul.js";
export { max } from "./max.js";
export { maximum } from "./maximum.js";
export { mean } from "./mean.js";
export { minimum } from "./minimum.js";
export { mul } from "./mul.js";
export { neg } from "./neg.js";
export { pad } from "./pad.js";
export { projectionLosses } from "./projection-loss.js";
export { quantMatmul, unpackBlocks } from "./quant-matmul.js";
export type { ReduceOptions } from "./reduce.js";
export { reshape } from "./reshape.js";
export { rmsNorm } from "./rms-norm.js";
export { rope } from "./rope.js";
export { scatterAdd } from "./scatter-add.js";
export { sigmoid } from "./sigmoid.js";
export { sign } from "./sign.js";
export { silu } from "./silu.js";
export { sin } from "./sin.js";
export { slice } from "./slice.js";
export { softmax } from "./softmax.js";
export { split } from "./split.js";
export { sqrt } from "./sqrt.js";
export { stopGradient } from "./stop-gradient.js";
export { sub } from "./sub.js";
export { sum } from "./sum.js";
export { tanh } from "./tanh.js";
export { ids, tensor, type NestedNumbers, type TensorOptions } from "./tensor.js";
export { transpose } from "./transpose.js";
export { where } from "./where.js";
