// Request → Debugger → Event: the Debug Adapter Protocol, spoken over the inspector of the cell process.
export { DebugAdapter, type DebugOptions } from "./adapter.js";
export { murmur2 } from "./murmur2.js";
