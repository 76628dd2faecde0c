// Code → Kernel → Outputs: a client that starts a kernel process and speaks the real protocol to it.
export {
  KernelClient,
  startKernel,
  type ExecuteOptions,
  type ExecuteReply,
  type Output,
  type StartOptions,
} from "./kernel-client.js";
export { freePorts } from "./free-ports.js";
export { connectClient, type ClientSockets } from "./client-sockets.js";
export { connectFrames, type FrameSockets } from "./frame-sockets.js";
