// Bytes ↔ Frames: ZeroMQ's wire protocol (ZMTP 3.1, rfc.zeromq.org/spec/37), over Node's own sockets.
export { Connector, type ConnectorOptions } from "./connector.js";
export { RouterSocket } from "./router-socket.js";
export { flushAll } from "./outbox.js";
export { PublisherSocket } from "./publisher-socket.js";
