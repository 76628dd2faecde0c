// Record ↔ Frame: what the kernel process and the cell process say to each other.
export * from "./records.js";
export { encodeRecord, RecordReader } from "./frame.js";
export { Rendezvous } from "./rendezvous.js";
export { cellFile } from "./cell-file.js";
