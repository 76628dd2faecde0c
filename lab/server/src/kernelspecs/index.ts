// Folders of Jupyter → Kernelspecs: our own kernel first, then every other one installed here.
export { KernelSpecs, type KernelSpec } from "./kernel-specs.js";
export { kernelSpecRoutes } from "./routes.js";
