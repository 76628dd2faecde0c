// Tokens → Graph: whole models, one implementation per family, driven by their config.
export type {
  Architecture,
  Block,
  ConfigJson,
  HeadSizes,
  Mixer,
  ModelConfig,
  Network,
  ParameterSpec,
  StoredModel,
  RecurrentState,
  Recurrence,
} from "./architecture.js";
export { attachAdapter, mergeAdapter } from "./adapter.js";
export { Decoder, type DecoderOptions } from "./decoder.js";
export {
  Continuation,
  encodePrompt,
  prefill,
  type GenerateOptions,
  type Generation,
  type Prompt,
} from "./generate.js";
export { hashWeights } from "./hash-weights.js";
export { LanguageModel, type LanguageModelParts } from "./language-model.js";
export {
  bitsPer,
  documentLikelihoods,
  perplexityOf,
  windowBatches,
  type DocumentLikelihood,
  type LikelihoodOptions,
  type LikelihoodScore,
  type TokenDocument,
  type WindowBatch,
} from "./likelihood.js";
export {
  ARCHITECTURES,
  architectureOf,
  createModel,
  loadModel,
  type LoadModelOptions,
  readParameters,
  type WeightType,
} from "./load.js";
export { loadTokenizer } from "./load-tokenizer.js";
export {
  checkNamed,
  NAMED_MODEL_OPTIONS,
  openModel,
  proxyWarnings,
  type NamedModelOptions,
  type ProxyWarning,
} from "./open-model.js";
export { findTextTokenizer, findTokenizer, readTokenizer } from "./read-tokenizer.js";
export { listModels, type LocateOptions, locateModel, shippedModels } from "./locate.js";
export { isProxy } from "./proxy/make-proxy.js";
export { forwardWithPast, type PastInput, type PastOutput } from "./with-past.js";
export {
  forwardWithStates,
  isRecurrent,
  statesOf,
  type StatesInput,
  type StatesOutput,
} from "./with-states.js";
export { argmax, checkSampling, sampleToken, type SamplingOptions } from "./sample.js";
export { makeBlocks, type ModuleQuantization, type QuantizationConfig } from "./quantization.js";
export { filesBeside, saveModel, type SaveOptions } from "./save.js";
export {
  attachBlocks,
  blockLayers,
  blockTensors,
  isQuantized,
  isTransposed,
  refuseAdapter,
  weightsOf,
  type BlockLayer,
} from "./weights.js";
export { PretrainedModel } from "./pretrained.js";
export type { LoadPretrainedOptions } from "./load-pretrained.js";
export { bestSpan, type BestSpan, type BestSpanOptions } from "./encoder/best-span.js";
export type { EncoderConfig, EncoderHead } from "./encoder/config.js";
export {
  createEncoder,
  EncoderModel,
  loadEncoder,
  type EmbedOptions,
  type EncoderOutput,
  type LoadEncoderOptions,
} from "./encoder/encoder-model.js";
export { padRows, type TextBatch, type TokenInput } from "./token-input.js";
export { LOADER_OF } from "./loaders.js";
export type { T5Config } from "./t5/config.js";
export type { Seq2SeqGenerateOptions, Seq2SeqGeneration } from "./t5/generate.js";
export { createSeq2Seq, loadSeq2Seq, Seq2SeqModel, type Seq2SeqOutput } from "./t5/seq2seq-model.js";
export { decodeWithPast, type Seq2SeqPastInput } from "./t5/with-past.js";
export { bucketOf } from "./t5/relative-position.js";
export { ClipModel, createClip, loadClip, type ClipOutput } from "./clip/clip-model.js";
export type { ClipConfig } from "./clip/config.js";
export type { HeadOptions } from "./heads.js";
export type { VisionHead, VitConfig } from "./vision/config.js";
export { normalizeImages, type ImageStatistics } from "./vision/images.js";
export {
  createVision,
  loadVision,
  VisionModel,
  type LoadVisionOptions,
  type VisionOutput,
} from "./vision/vision-model.js";
