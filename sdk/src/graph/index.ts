// Batch → Graph: what is to be computed, without computing it. Knows no engine.
export * from "./apply.js";
export * from "./decompose.js";
export * from "./evaluate.js";
export * from "./grad.js";
export * from "./node.js";
export * from "./origin.js";
export * from "./op.js";
export * from "./tensor.js";
export * from "./variable.js";
export * from "./walk.js";
export * from "./program-graph.js";
export * from "./simplify.js";
