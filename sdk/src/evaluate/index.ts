// model, data → Report
export * from "./metrics/index.js";
