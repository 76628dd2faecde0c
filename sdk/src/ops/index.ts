// Batch → Graph: the vocabulary. One file per op, one record each.
import { provideGradOps } from "../graph/index.js";
import { absOp } from "./abs.js";
import { adamwOp } from "./adamw.js";
import { add, addOp } from "./add.js";
import { after, afterOp } from "./after.js";
import { arangeOp } from "./arange.js";
import { argMaxOp } from "./arg-max.js";
import { argMinOp } from "./arg-min.js";
import { atanOp } from "./atan.js";
import { attentionOp } from "./attention-op.js";
import { averagePoolOp } from "./average-pool.js";
import { bitAndOp } from "./bit-and.js";
import { bitNotOp } from "./bit-not.js";
import { bitOrOp } from "./bit-or.js";
import { bitXorOp } from "./bit-xor.js";
import { cachedAttentionOp } from "./cached-attention.js";
import { castOp } from "./cast.js";
import { ceilOp } from "./ceil.js";
import { clipOp } from "./clip.js";
import { concatOp } from "./concat.js";
import { constantOp, filledLike } from "./constant.js";
import { convOp } from "./conv.js";
import { convInputOp } from "./conv-input.js";
import { convWeightOp } from "./conv-weight.js";
import { cosOp } from "./cos.js";
import { subtractOneHotOp, tokenLossOp } from "./cross-entropy.js";
import { cumsumOp } from "./cumsum.js";
import { dequantizeOp } from "./dequantize.js";
import { descendOp } from "./descend.js";
import { divOp } from "./div.js";
import { eluOp } from "./elu.js";
import { equalOp } from "./equal.js";
import { erfOp } from "./erf.js";
import { expOp } from "./exp.js";
import { expandOp } from "./expand.js";
import { expm1Op } from "./expm1.js";
import { flipOp } from "./flip.js";
import { floorOp } from "./floor.js";
import { gatherOp } from "./gather.js";
import { gatherElementsOp } from "./gather-elements.js";
import { geluOp } from "./gelu.js";
import { greaterOp } from "./greater.js";
import { greaterEqualOp } from "./greater-equal.js";
import { indexSelectOp } from "./index-select.js";
import { isNaNOp } from "./is-nan.js";
import { layerNormOp } from "./layer-norm.js";
import { leakyReluOp } from "./leaky-relu.js";
import { lessOp } from "./less.js";
import { lessEqualOp } from "./less-equal.js";
import { choleskyOp } from "./linalg/cholesky.js";
import { slogdetOp } from "./linalg/determinant.js";
import { eighOp } from "./linalg/eigh.js";
import { pinvOp } from "./linalg/pinv.js";
import { qrOp } from "./linalg/qr.js";
import { solveOp } from "./linalg/solve.js";
import { svdOp } from "./linalg/svd.js";
import { triangularSolveOp } from "./linalg/triangular-solve.js";
import { logOp } from "./log.js";
import { logSumExpOp } from "./log-sum-exp.js";
import { log1pOp } from "./log1p.js";
import { logicalAndOp } from "./logical-and.js";
import { logicalNotOp } from "./logical-not.js";
import { logicalOrOp } from "./logical-or.js";
import { logicalXorOp } from "./logical-xor.js";
import { matmulOp } from "./matmul.js";
import { maxOp } from "./max.js";
import { maxPoolOp } from "./max-pool.js";
import { maximumOp } from "./maximum.js";
import { minOp } from "./min.js";
import { minimumOp } from "./minimum.js";
import { mulOp } from "./mul.js";
import { mulHighOp } from "./mul-high.js";
import { negOp } from "./neg.js";
import { padOp } from "./pad.js";
import { powOp } from "./pow.js";
import { prodOp } from "./prod.js";
import { projectionLossOp } from "./projection-loss.js";
import { quantMatmulOp } from "./quant-matmul.js";
import { randomBitsOp } from "./random-bits.js";
import { reluOp } from "./relu.js";
import { remainderOp } from "./remainder.js";
import { reshapeOp } from "./reshape.js";
import { rmsNormOp } from "./rms-norm.js";
import { ropeOp } from "./rope.js";
import { roundOp } from "./round.js";
import { scatterAddOp } from "./scatter-add.js";
import { scatterElementsAddOp } from "./scatter-elements-add.js";
import { shiftLeftOp } from "./shift-left.js";
import { shiftRightOp } from "./shift-right.js";
import { sigmoidOp } from "./sigmoid.js";
import { signOp } from "./sign.js";
import { siluOp } from "./silu.js";
import { sinOp } from "./sin.js";
import { sliceOp } from "./slice.js";
import { softmaxOp } from "./softmax.js";
import { softplusOp } from "./softplus.js";
import { splitOp } from "./split.js";
import { sqrtOp } from "./sqrt.js";
import { stopGradientOp } from "./stop-gradient.js";
import { strideOp } from "./stride.js";
import { subOp } from "./sub.js";
import { sumOp } from "./sum.js";
import { tanOp } from "./tan.js";
import { tanhOp } from "./tanh.js";
import { topKOp } from "./top-k.js";
import { transposeOp } from "./transpose.js";
import { triluOp } from "./trilu.js";
import { whereOp } from "./where.js";

provideGradOps({ add, after, filled: filledLike });

/** Every op. An engine's lowering table is typed by its keys, so that a missing rule does not compile. */
export const OPS = {
  abs: absOp,
  adamw: adamwOp,
  add: addOp,
  after: afterOp,
  arange: arangeOp,
  argMax: argMaxOp,
  argMin: argMinOp,
  atan: atanOp,
  attention: attentionOp,
  averagePool: averagePoolOp,
  bitAnd: bitAndOp,
  bitNot: bitNotOp,
  bitOr: bitOrOp,
  bitXor: bitXorOp,
  cachedAttention: cachedAttentionOp,
  cast: castOp,
  ceil: ceilOp,
  cholesky: choleskyOp,
  clip: clipOp,
  concat: concatOp,
  constant: constantOp,
  conv: convOp,
  convInput: convInputOp,
  convWeight: convWeightOp,
  cos: cosOp,
  cumsum: cumsumOp,
  dequantize: dequantizeOp,
  descend: descendOp,
  div: divOp,
  eigh: eighOp,
  elu: eluOp,
  equal: equalOp,
  erf: erfOp,
  exp: expOp,
  expand: expandOp,
  expm1: expm1Op,
  flip: flipOp,
  floor: floorOp,
  gather: gatherOp,
  gatherElements: gatherElementsOp,
  gelu: geluOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  indexSelect: indexSelectOp,
  isNaN: isNaNOp,
  layerNorm: layerNormOp,
  leakyRelu: leakyReluOp,
  less: lessOp,
  lessEqual: lessEqualOp,
  log1p: log1pOp,
  log: logOp,
  logicalAnd: logicalAndOp,
  logicalNot: logicalNotOp,
  logicalOr: logicalOrOp,
  logicalXor: logicalXorOp,
  logSumExp: logSumExpOp,
  matmul: matmulOp,
  max: maxOp,
  maximum: maximumOp,
  maxPool: maxPoolOp,
  min: minOp,
  minimum: minimumOp,
  mul: mulOp,
  mulHigh: mulHighOp,
  neg: negOp,
  pad: padOp,
  pinv: pinvOp,
  pow: powOp,
  prod: prodOp,
  projectionLoss: projectionLossOp,
  qr: qrOp,
  quantMatmul: quantMatmulOp,
  randomBits: randomBitsOp,
  relu: reluOp,
  remainder: remainderOp,
  reshape: reshapeOp,
  rmsNorm: rmsNormOp,
  rope: ropeOp,
  round: roundOp,
  scatterAdd: scatterAddOp,
  scatterElementsAdd: scatterElementsAddOp,
  shiftLeft: shiftLeftOp,
  shiftRight: shiftRightOp,
  sigmoid: sigmoidOp,
  sign: signOp,
  silu: siluOp,
  sin: sinOp,
  slice: sliceOp,
  slogdet: slogdetOp,
  softmax: softmaxOp,
  softplus: softplusOp,
  solve: solveOp,
  split: splitOp,
  sqrt: sqrtOp,
  stopGradient: stopGradientOp,
  stride: strideOp,
  sub: subOp,
  subtractOneHot: subtractOneHotOp,
  sum: sumOp,
  svd: svdOp,
  tan: tanOp,
  tanh: tanhOp,
  tokenLoss: tokenLossOp,
  topK: topKOp,
  transpose: transposeOp,
  triangularSolve: triangularSolveOp,
  trilu: triluOp,
  where: whereOp,
} as const;

export type OpName = keyof typeof OPS;

export { abs } from "./abs.js";
export { adamwUpdate, type AdamWScalars } from "./adamw.js";
export { add } from "./add.js";
export { after } from "./after.js";
export { all } from "./all.js";
export { any } from "./any.js";
export { arange, type ArangeOptions } from "./arange.js";
export { argMax } from "./arg-max.js";
export { argMin } from "./arg-min.js";
export { at, type Index } from "./at.js";
export { atan } from "./atan.js";
export { attention, type AttentionOptions } from "./attention.js";
export { averagePool1d, averagePool2d, globalAveragePool, type AveragePoolOptions } from "./average-pool.js";
export { bernoulli } from "./bernoulli.js";
export { binaryCrossEntropy, type BinaryCrossEntropyOptions } from "./binary-cross-entropy.js";
export { bitAnd } from "./bit-and.js";
export { bitNot } from "./bit-not.js";
export { bitOr } from "./bit-or.js";
export { bitXor } from "./bit-xor.js";
export type { Operand } from "./broadcast.js";
export { broadcastTo } from "./broadcast-to.js";
export { cachedAttention } from "./cached-attention.js";
export { cast } from "./cast.js";
export { categorical } from "./categorical.js";
export { ceil } from "./ceil.js";
export { clip, type ClipOptions } from "./clip.js";
export { concat } from "./concat.js";
export { full, ones, zeros } from "./constant.js";
export { contrastiveLoss, type ContrastiveOptions } from "./contrastive-loss.js";
export { conv1d, conv2d, type ConvOptions } from "./conv.js";
export type { WindowOptions } from "./conv-geometry.js";
export { convInput } from "./conv-input.js";
export { convTranspose1d, convTranspose2d, type ConvTransposeOptions } from "./conv-transpose.js";
export { convWeight } from "./conv-weight.js";
export { cos } from "./cos.js";
export { cosineSimilarity, unitVectors, type CosineOptions } from "./cosine-similarity.js";
export { crossEntropy, tokenLosses, type CrossEntropyOptions } from "./cross-entropy.js";
export { cumsum, type CumsumOptions } from "./cumsum.js";
export { dequantize } from "./dequantize.js";
export { descend } from "./descend.js";
export { div } from "./div.js";
export { dot } from "./dot.js";
export { dropout } from "./dropout.js";
export { einsum } from "./einsum.js";
export { elu } from "./elu.js";
export { embedding } from "./embedding.js";
export { equal } from "./equal.js";
export { erf } from "./erf.js";
export { exp } from "./exp.js";
export { expand } from "./expand.js";
export { expm1 } from "./expm1.js";
export { eye } from "./eye.js";
export { flatten } from "./flatten.js";
export { flip } from "./flip.js";
export { floor } from "./floor.js";
export { geGLU, glu, reGLU, swiGLU } from "./gated-units.js";
export { gather } from "./gather.js";
export { takeAlongAxis } from "./gather-elements.js";
export { gelu } from "./gelu.js";
export { greater } from "./greater.js";
export { greaterEqual } from "./greater-equal.js";
export { groupNorm } from "./group-norm.js";
export { huberLoss, smoothL1Loss, type HuberOptions, type SmoothL1Options } from "./huber-loss.js";
export { indexSelect } from "./index-select.js";
export { adaptiveAveragePool, interpolate, type InterpolateOptions } from "./interpolate.js";
export { isFinite } from "./is-finite.js";
export { isNaN } from "./is-nan.js";
export { klDivergence } from "./kl-divergence.js";
export { layerNorm } from "./layer-norm.js";
export { leakyRelu } from "./leaky-relu.js";
export { less } from "./less.js";
export { lessEqual } from "./less-equal.js";
export { linspace } from "./linspace.js";
export { cholesky } from "./linalg/cholesky.js";
export { det, slogdet } from "./linalg/determinant.js";
export { eigh } from "./linalg/eigh.js";
export { lstsq, pinv, type PinvOptions } from "./linalg/pinv.js";
export { qr } from "./linalg/qr.js";
export { inverse, solve } from "./linalg/solve.js";
export { svd } from "./linalg/svd.js";
export { triangularSolve, type TriangularOptions } from "./linalg/triangular-solve.js";
export { log } from "./log.js";
export { logSigmoid } from "./log-sigmoid.js";
export { logSoftmax } from "./log-softmax.js";
export { logSumExp } from "./log-sum-exp.js";
export { log1p } from "./log1p.js";
export { log2 } from "./log2.js";
export { logicalAnd } from "./logical-and.js";
export { logicalNot } from "./logical-not.js";
export { logicalOr } from "./logical-or.js";
export { logicalXor } from "./logical-xor.js";
export type { LossOptions } from "./loss-options.js";
export { matmul, type MatmulOptions } from "./matmul.js";
export { max } from "./max.js";
export { maxPool1d, maxPool2d, type PoolOptions } from "./max-pool.js";
export { maximum } from "./maximum.js";
export { mean } from "./mean.js";
export { min } from "./min.js";
export { minimum } from "./minimum.js";
export { mseLoss } from "./mse-loss.js";
export { mul } from "./mul.js";
export { mulHigh } from "./mul-high.js";
export { neg } from "./neg.js";
export { norm, type NormOptions } from "./norm.js";
export { normal, type NormalOptions } from "./normal.js";
export { notEqual } from "./not-equal.js";
export { oneHot } from "./one-hot.js";
export { outer } from "./outer.js";
export { pad } from "./pad.js";
export { pow } from "./pow.js";
export { prod } from "./prod.js";
export { projectionLosses } from "./projection-loss.js";
export { quantMatmul, unpackBlocks } from "./quant-matmul.js";
export { foldIn, randomBits, randomKey, splitKey } from "./random-bits.js";
export { randomPermutation } from "./random-permutation.js";
export { reciprocal } from "./reciprocal.js";
export type { ReduceOptions } from "./reduce.js";
export { relu } from "./relu.js";
export { remainder } from "./remainder.js";
export { repeat } from "./repeat.js";
export { reshape } from "./reshape.js";
export { rmsNorm } from "./rms-norm.js";
export { roll } from "./roll.js";
export { rope } from "./rope.js";
export { round } from "./round.js";
export { rsqrt } from "./rsqrt.js";
export { scatterAdd } from "./scatter-add.js";
export { scatterElementsAdd } from "./scatter-elements-add.js";
export { shiftLeft } from "./shift-left.js";
export { shiftRight } from "./shift-right.js";
export { sigmoid } from "./sigmoid.js";
export { sign } from "./sign.js";
export { silu } from "./silu.js";
export { sin } from "./sin.js";
export { slice } from "./slice.js";
export { softmax } from "./softmax.js";
export { softplus } from "./softplus.js";
export { split } from "./split.js";
export { sqrt } from "./sqrt.js";
export { square } from "./square.js";
export { squeeze } from "./squeeze.js";
export { stack } from "./stack.js";
export { std } from "./std.js";
export { stopGradient } from "./stop-gradient.js";
export { sub } from "./sub.js";
export { sum } from "./sum.js";
export { swapAxes } from "./swap-axes.js";
export { tan } from "./tan.js";
export { tanh } from "./tanh.js";
export { ids, tensor, type TensorOptions } from "./tensor.js";
export { tile } from "./tile.js";
export { argSort, sort, topK, type SortOptions, type TopKOptions } from "./top-k.js";
export { transpose } from "./transpose.js";
export { tril, triu } from "./trilu.js";
export { uniform, type UniformOptions } from "./uniform.js";
export { unsqueeze } from "./unsqueeze.js";
export { unstack } from "./unstack.js";
export { variance, type VarianceOptions } from "./variance.js";
export { where } from "./where.js";
