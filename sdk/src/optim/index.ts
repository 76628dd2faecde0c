// Graph → Graph: update rules that are graphs too.
export * from "./adamw.js";
export * from "./clip.js";
export * from "./schedule.js";
