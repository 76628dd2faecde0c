// Connection file → Sockets → Messages: signed frames in and out; user code never runs here.
export { type ConnectionInfo, readConnectionFile, writeConnectionFile, endpoint } from "./connection.js";
export {
  type Message,
  type Header,
  type Channel,
  type JsonObject,
  createMessage,
  text,
  PROTOCOL_VERSION,
} from "./message.js";
export { encodeMessage, decodeMessage, joinFrames, splitFrames, type RawMessage } from "./frames.js";
export { createSigner, type Signer } from "./sign.js";
export { bindServer, type ServerSockets } from "./server-sockets.js";
