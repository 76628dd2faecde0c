// Seed → Rows
export type { SyntheticOptions } from "./draw-unique.js";
export * from "./codegym/index.js";
export { type ArithmeticOptions, type ArithmeticRow, generateArithmetic } from "./generate-arithmetic.js";
