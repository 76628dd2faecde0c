// Batch → Graph: layers by composition.
export { Attention, type AttendOptions, type AttentionShape } from "./attention.js";
export { Conv1d, Conv2d, type ConvShape } from "./conv.js";
export { Dropout } from "./dropout.js";
export * from "./embedding.js";
export { MLP, SwiGLU, type ActivationName, type FeedForwardOptions } from "./feed-forward.js";
export { fuseLinears } from "./fuse-linears.js";
export { fansOf, initialize, residualInit, type Init, type Nonlinearity } from "./init.js";
export { KeyValueCache, type KeyValueCacheOptions } from "./kv-cache.js";
export * from "./linear.js";
export { attachLowRank, type LowRankOptions } from "./low-rank.js";
export { Module, type LoadReport, type NamePattern } from "./module.js";
export {
  balanceLoss,
  MoE,
  routeTokens,
  type MoEOptions,
  type MoEOutput,
  type Routing,
  type TokenRouting,
} from "./moe.js";
export { GroupNorm, LayerNorm, RMSNorm, type NormShape } from "./norm.js";
export * from "./rotary-scaling.js";
export * from "./rotary.js";
export { Scope } from "./scope.js";
export { Sequential, type Layer, type Stage } from "./sequential.js";
export { storeHalf } from "./store-half.js";
export { ModuleSummary, type ParameterRow } from "./summary.js";
export { TransformerBlock, type BlockPass, type TransformerBlockOptions } from "./transformer-block.js";
