// API path → Path on disk: nothing outside the root folder is named, followed or written.
export { RootFolder, type Located } from "./root-folder.js";
export { PathLocks } from "./path-locks.js";
export { writeAtomically, openTemporary } from "./write-atomically.js";
