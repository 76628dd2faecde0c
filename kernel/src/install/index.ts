// Kernel → Kernelspec: the files by which Jupyter front ends find the kernel.
export {
  installKernelSpec,
  KERNEL_ALIASES,
  listKernelSpecs,
  ownKernelSpec,
  removeKernelSpec,
  type InstallOptions,
  type InstalledKernelSpec,
} from "./kernel-spec.js";
export { dataFolders } from "./folders.js";
export { LOGO } from "./logo.js";
