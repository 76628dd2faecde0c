// numbers → HostArray: concrete values, their types, shapes, randomness and printing.
export * from "./dtype.js";
export * from "./half.js";
export * from "./host-array.js";
export * from "./print.js";
export * from "./random.js";
export * from "./shape.js";
export * from "./summarize.js";
