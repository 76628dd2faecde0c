// Graph, Program → what a person can see of them: text, pictures.
export { graphDot, graphMermaid } from "./graph-text.js";
export { graphPicture } from "./graph-picture.js";
export { memorySummary, type MemorySummary } from "./memory/summary.js";
export {
  memoryTimeline,
  type MeasuredMemory,
  type MemoryOptions,
  type MemoryStep,
  type MemoryTimeline,
} from "./memory/timeline.js";
export type { BytesByCategory, MemoryCategory } from "./memory/plan.js";
export { printGraph } from "./print-graph.js";
export { measureMachine, type MachinePeaks } from "./profile/machine.js";
export { profile, type ProfileOptions } from "./profile/profile.js";
export type { ProfileReport } from "./profile/report.js";
export type { ProfileRow } from "./profile/rows.js";
export { bytesOf, flopsOf } from "./profile/work.js";
export type { ChromeTrace } from "./profile/chrome-trace.js";
export type { GraphSource, PictureOptions } from "./source.js";
