// Message → Schema → Fault: the messaging protocol 5.4, one file per family of messages.
export { faultOf, SCHEMA, type CheckedMessage } from "./message.js";
export type { Json } from "./check.js";
