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
export { connectClient, connectFrames, type ClientSockets, type FrameSockets } from "./client-sockets.js";
