// a running piece of work → its result, its events, and what a front end shows of it.
export type { JobProgress } from "./progress.js";
export * from "./job.js";
