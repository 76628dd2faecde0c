export * from "./errors.js";
export * from "./job.js";
