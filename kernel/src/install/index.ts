// Kernel → Kernelspec: the files by which Jupyter front ends find the kernel.
export {
  installKernelSpec,
  listKernelSpecs,
  removeKernelSpec,
  type InstallOptions,
  type InstalledKernelSpec,
} from "./kernel-spec.js";
