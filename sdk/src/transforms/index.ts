// Graph → Graph: functions of tensors made from functions of tensors, by ops.
export { hessian, jacobian } from "./jacobian.js";
export { scan, type ScanOptions } from "./scan.js";
export { hasBatchRule } from "./batching.js";
export { vmap, type VmapOptions } from "./vmap.js";
