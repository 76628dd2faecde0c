export * from "./errors.js";
export * from "./job.js";
export * from "./text/index.js";
export * from "./tensor/index.js";
export * from "./evaluate/index.js";
