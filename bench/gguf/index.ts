// Hugging Face tensors → a GGUF v3 file that llama.cpp runs
export { encode, type GgufType } from "./encode.js";
export { writeGguf, type GgufTensor, type GgufValue } from "./write.js";
export { writeLlamaGguf } from "./llama.js";
