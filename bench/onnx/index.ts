// Hugging Face tensors → the ONNX files that transformers.js runs
export { ONNX_FILES, writeOnnxFolder, type OnnxScheme } from "./folder.js";
export { llamaOnnx } from "./llama.js";
