// Batch → Graph: layers by composition.
export * from "./embedding.js";
export { fuseLinears } from "./fuse-linears.js";
export * from "./init.js";
export * from "./linear.js";
export * from "./rotary-scaling.js";
export * from "./rotary.js";
