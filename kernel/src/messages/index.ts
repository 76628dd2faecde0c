// Message → Handler → Reply: one file per request type.
export { Kernel, type KernelOptions } from "./kernel.js";
export type { TypeCheckMode } from "./context.js";
export { historyFolder } from "./history-files.js";
export { KERNEL_VERSION } from "./kernel-info.js";
