// File → Memory: what the operating system alone can give, asked through its C library.
export { lockFile } from "./lock-file.js";
export { mapFile } from "./map-file.js";
