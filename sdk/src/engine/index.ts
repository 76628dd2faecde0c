// Graph → Program: compiles graphs and runs them.
export * from "./compile.js";
export type { DynamicAxes, DynamicOptions } from "./dynamic-axes.js";
export * from "./engine.js";
export { OnnxEngine, type OnnxEngineOptions } from "./onnx/engine.js";
export { loweringOf } from "./onnx/lower/index.js";
export { hasKernels } from "./jit/index.js";
export { onnxFile, type OnnxFile, type OnnxFileOptions } from "./onnx/file.js";
export { CONTRIB, OnnxModel, type OnnxAttribute, type ValueInfo } from "./onnx/model.js";
export type { Lower, LowerContext } from "./onnx/lower/context.js";
export { registerLowering } from "./onnx/lower/index.js";
export { writeOnnx } from "./onnx/write.js";
export { ReferenceEngine } from "./reference/engine.js";
export { Runtime, runtime, useEngine } from "./runtime.js";
export { devices, useDevice, type DeviceName, type DeviceReport } from "./webgpu/devices.js";
export { selfCheck } from "./webgpu/self-check.js";
export { WebGpuEngine, type WebGpuEngineOptions } from "./webgpu/engine.js";
export { findSoftwareDriver } from "./webgpu/driver.js";
