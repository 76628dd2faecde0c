// File → Memory: what the operating system alone can give, asked through its C library.
export { mapFile } from "./map-file.js";
