// NativeKernel → operator: machine code for x86-64, made at run time.
export { Assembler } from "./assembler.js";
export { hasKernels } from "./cpu.js";
export { makeCustomOp, type CustomOp } from "./custom-op.js";
export { elementwiseKernel, fits, MAX_ARRAYS } from "./elementwise.js";
export { flatRows, ROW_SUM, type Access, type Expression, type Step, type Value } from "./expression.js";
export { gemmKernel, type GemmShape } from "./gemm.js";
export type { KernelApi, NativeKernel } from "./kernel.js";
export { softmaxKernel } from "./softmax.js";
