// WebSocket ↔ Kernel: what pages and kernels say to each other.
export { Channels, type ChannelsOptions, type ExecutionWatch } from "./channels.js";
export { V1_PROTOCOL } from "./v1-codec.js";
