// Notebook → Kernel → Outputs: the kernel process is dist/main.js; this door is for what starts it.
export {
  freePorts,
  KernelClient,
  startKernel,
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
export { KERNEL_VERSION, type TypeCheckMode } from "./messages/index.js";
export {
  connectClient,
  connectFrames,
  createMessage,
  createSigner,
  decodeMessage,
  encodeMessage,
  joinFrames,
  splitFrames,
  readConnectionFile,
  writeConnectionFile,
  type ClientSockets,
  type ConnectionInfo,
  type FrameSockets,
  type RawMessage,
  type Signer,
  type Header,
  type JsonObject,
  type Message,
} from "./wire/index.js";
