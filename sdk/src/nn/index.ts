// Batch → Graph: layers by composition.
export * from "./init.js";
export * from "./linear.js";
export * from "./rotary.js";
