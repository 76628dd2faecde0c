import { V, type VectorOp } from "./assembler.js";
import * as functions from "./functions.js";
import type { VectorFunction } from "./functions.js";

/**
 * How an array lies over `rows` × `width` elements: one value for each element, for each column (a bias), for each row (a
 * row's mean), or one for all.
 */
export type Access = "element" | "column" | "row" | "scalar";

/** A value of an expression: an input, the result of a step, or a number. */
export type Value = { readonly input: number } | { readonly step: number } | { readonly number: number };

/** One operation: of an element each, or the sum of a row. A step of rows has one value a row. */
export interface Step {
  readonly op: string;
  readonly args: readonly Value[];
  readonly access: "element" | "row";
}

/** Elementwise operations and sums over rows, to be computed in one pass over memory. */
export interface Expression {
  readonly rows: number;
  readonly width: number;
  readonly inputs: readonly Access[];
  readonly steps: readonly Step[];
  /** The steps whose values leave. */
  readonly outputs: readonly number[];
}

/** Rows for an expression that asks for none: as long as divides its size. */
export function flatRows(size: number): { readonly rows: number; readonly width: number } {
  for (let width = 4096; width >= 512; width -= 16)
    if (size % width === 0) return { rows: size / width, width };
  return { rows: 1, width: size };
}

/** The sum of a row's elements. */
export const ROW_SUM = "rowSum";

/** Operations of two operands that are one instruction. */
export const BINARY: Readonly<Record<string, { readonly code: VectorOp; readonly commutes: boolean }>> = {
  add: { code: V.add, commutes: true },
  sub: { code: V.sub, commutes: false },
  mul: { code: V.mul, commutes: true },
  div: { code: V.div, commutes: false },
};

export const UNARY: Readonly<Record<string, VectorFunction>> = {
  abs: functions.absOf,
  erf: functions.erfOf,
  exp: functions.expOf,
  gelu: functions.geluOf,
  geluTanh: functions.geluTanhOf,
  neg: functions.negOf,
  reciprocal: functions.reciprocalOf,
  relu: functions.reluOf,
  sigmoid: functions.sigmoidOf,
  silu: functions.siluOf,
  sqrt: functions.sqrtOf,
  square: functions.squareOf,
  tanh: functions.tanhOf,
};

/** The pass over its row in which a step's value can be had: sums are there one pass later than what they add. */
export function passesOf({ steps }: Expression): number[] {
  const passes: number[] = [];
  for (const { op, args } of steps) {
    const latest = Math.max(0, ...args.map((arg) => ("step" in arg ? passes[arg.step] : 0)));
    passes.push(op === ROW_SUM ? latest + 1 : latest);
  }
  return passes;
}

export const keyOf = (expression: Expression): string =>
  JSON.stringify(expression, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
