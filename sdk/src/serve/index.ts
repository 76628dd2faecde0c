// Artifact → Service: a model answers over HTTP, many requests in one batch.
export type { HistogramSummary } from "./histogram.js";
export type { ServiceMetrics } from "./metrics.js";
export type { LogEntry, ServeOptions } from "./options.js";
export { serve } from "./serve.js";
export { Service } from "./service.js";
