// Notebook → Kernel → Outputs: the kernel process is dist/main.js; this door is for what starts it.
export {
  connectClient,
  connectFrames,
  freePorts,
  KernelClient,
  startKernel,
  type ClientSockets,
  type FrameSockets,
  type ExecuteOptions,
  type ExecuteReply,
  type Output,
  type StartOptions,
} from "./client/index.js";
export {
  dataFolders,
  installKernelSpec,
  KERNEL_ALIASES,
  listKernelSpecs,
  LOGO as KERNEL_LOGO,
  ownKernelSpec,
  removeKernelSpec,
  type InstallOptions,
  type InstalledKernelSpec,
} from "./install/index.js";
export { KernelError, KERNEL_ERROR_CODES, type KernelErrorCode } from "./errors.js";
export { collectLater } from "./memory/index.js";
export { KERNEL_VERSION, type TypeCheckMode } from "./messages/index.js";
export {
  createMessage,
  createSigner,
  decodeMessage,
  encodeMessage,
  joinFrames,
  splitFrames,
  readConnectionFile,
  writeConnectionFile,
  type ConnectionInfo,
  type RawMessage,
  type Signer,
  type Header,
  type JsonObject,
  type Message,
} from "./wire/index.js";
