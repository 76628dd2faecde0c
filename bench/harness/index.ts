// peers (resident children) → interleaved slices → medians → a section of RESULTS.md
export { measure } from "./measure.js";
export { Peers } from "./peers.js";
export type { Measured, PeerSpec, Slice, Trial } from "./peers.js";
export { waitForIdle } from "./idle.js";
export { median, ratio, round } from "./median.js";
export { describeMachine, hasCommand, readVersion } from "./machine.js";
export { ensureBenchDependencies } from "./install.js";
export { runToEnd, treeMemory, treeUsage } from "./process-tree.js";
export type { ProcessCost, TreeMemory, TreeUsage } from "./process-tree.js";
export { writeSection, table } from "./report.js";
export { Resident } from "./resident.js";
export { benchRoot, cacheDir, childScript, repoRoot, relativeToRepo } from "./paths.js";
export type { Bench, BenchOptions } from "./bench.js";
