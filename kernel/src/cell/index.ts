// Program → Run → Reports: the process that runs cells. Its entry is main.ts; this door is for the kernel process.
export { lineAndColumn, sourceLines } from "./source-lines.js";
export type { CellPlace } from "./source-lines.js";
