// Kernelspec → Kernel process → Messages: starts, watches, interrupts, restarts and ends kernels.
export { Kernels, type KernelsOptions } from "./kernels.js";
export { ManagedKernel, POLLED, type KernelListener, type KernelState } from "./managed-kernel.js";
export { kernelRoutes, kernelModel } from "./routes.js";
export { type Channel, type Heard, hear, readJson } from "./heard.js";
