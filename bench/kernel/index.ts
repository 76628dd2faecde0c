// Spec → Driver → Exchanges: kernels of any make, asked the same way.
export { KernelDriver, type Exchange, type Started } from "./driver.js";
export { DENO, IPYKERNEL, kernelSpecs, OURS, TSLAB, type KernelSpec } from "./kernels.js";
export { bigText, DISPLAYS, LINES, memberOf, newCell, printLines } from "./samples.js";
