// Line → Magic → Call: commands to the kernel that stand among a cell's code.
export { findMagic, MAGICS, magicHelp, type MagicSpec, nearestMagic } from "./table.js";
export { MAGIC_MARK, type Magic, type MagicFault, type SplitCell, splitMagics } from "./split.js";
