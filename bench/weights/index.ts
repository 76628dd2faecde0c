// (tensor name, count) → the same numbers in TypeScript, Python and C
export { hashIntegers, hashUniform } from "./hash.js";
export { llamaTensors, type LlamaShape, type TensorSpec } from "./llama.js";
export { llamaConfig, writeHuggingFaceFolder } from "./hf-folder.js";
