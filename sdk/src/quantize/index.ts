// Artifact → Artifact: weights as blocks of integers, with what that costs.
export type { QuantEvent } from "./events.js";
export type { Percentiles } from "./measure-latency.js";
export {
  QUANT_METHODS,
  type BlockMethod,
  type FittedBlocks,
  type QuantMethod,
  type WeightRows,
} from "./methods/index.js";
export type { BlockOptions, LayerPattern, QualityGate, QuantizerOptions } from "./options.js";
export type { LayerReport } from "./quantize-layers.js";
export { QuantizedModel } from "./quantized-model.js";
export { Quantizer, type QuantPlan } from "./quantizer.js";
export type { QualityReport, QuantReport } from "./report.js";
