import { GradlabError } from "../errors.js";
import type { DType } from "./dtype.js";

export type Shape = readonly number[];

/** Number of elements; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** `float32[2, 3]`: how every message names a tensor. */
export const formatSpec = (dtype: DType, shape: Shape): string => `${dtype}[${shape.join(", ")}]`;

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/**
 * NumPy broadcasting: shapes are aligned at the right, an axis of 1 stretches.
 *
 * @throws E_SHAPE naming the operation and both shapes
 * @example broadcastShapes("add", [2, 1], [3]) // [2, 3]
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new GradlabError(
        "E_SHAPE",
        `${operation}: [${a.join(", ")}] and [${b.join(", ")}] do not broadcast (${left} ≠ ${right}).`,
        { hint: "Aligned at the right, axes must be equal or 1; reshape one of them." },
      );
    }
    return left === 1 ? right : left;
  });
}

/**
 * A non-negative axis from one that may count from the end.
 *
 * @throws E_INDEX when outside the rank
 */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    throw new GradlabError(
      "E_INDEX",
      `${operation}: axis ${axis} does not exist in a tensor of rank ${rank}.`,
    );
  }
  return positive;
}
