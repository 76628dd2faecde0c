// Request → Debugger → Event: the Debug Adapter Protocol, spoken over the inspector of the cell process.
export { murmur2 } from "./murmur2.js";
