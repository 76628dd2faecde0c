export * from "./errors.js";
export * from "./job.js";
export * from "./text/index.js";
export * from "./tensor/index.js";
export * from "./evaluate/index.js";
export * from "./graph/index.js";
export * from "./ops/index.js";
export * from "./engine/index.js";
