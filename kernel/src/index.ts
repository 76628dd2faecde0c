// Notebook → Kernel → Outputs: the kernel process is dist/main.js; this door is for what starts it.
export {
  KernelClient,
  startKernel,
  type ExecuteOptions,
  type ExecuteReply,
  type Output,
  type StartOptions,
} from "./client/index.js";
export {
  installKernelSpec,
  listKernelSpecs,
  removeKernelSpec,
  type InstallOptions,
  type InstalledKernelSpec,
} from "./install/index.js";
export { KernelError, KERNEL_ERROR_CODES, type KernelErrorCode } from "./errors.js";
export { KERNEL_VERSION, type TypeCheckMode } from "./messages/index.js";
export {
  connectClient,
  createMessage,
  createSigner,
  decodeMessage,
  encodeMessage,
  readConnectionFile,
  writeConnectionFile,
  type ClientSockets,
  type ConnectionInfo,
  type Header,
  type JsonObject,
  type Message,
} from "./wire/index.js";
