import { GradlabError } from "../../errors.js";
import {
  specText,
  type ReferenceArray,
  type SampleInput,
  type Spec,
  type Tensor,
} from "../../graph/index.js";
import { sizeOf, type Shape } from "../../tensor/index.js";
import { add } from "../add.js";
import { requireKind } from "../kind.js";
import { mul } from "../mul.js";
import { reshape } from "../reshape.js";
import { transpose } from "../transpose.js";

/** The distance from 1 to the next double. */
export const EPSILON = Number.EPSILON;

/** One matrix, row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** What a message calls one matrix of a stack. */
type Name = string;

/** Runs an algorithm on each matrix of a stack (the axes before the last two) and stacks its results. */
export function perMatrix(
  inputs: readonly ReferenceArray[],
  outputs: readonly Spec[],
  run: (matrices: readonly Matrix[], name: Name) => readonly Float64Array[],
): Float64Array[] {
  const count = sizeOf(inputs[0].shape.slice(0, -2));
  const stacks = outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
  for (let i = 0; i < count; i++) {
    const results = run(
      inputs.map((input) => matrixAt(input, i)),
      count === 1 ? "the matrix" : `matrix ${i} of ${count}`,
    );
    results.forEach((result, output) => stacks[output].set(result, i * result.length));
  }
  return stacks;
}

function matrixAt({ shape, data }: ReferenceArray, i: number): Matrix {
  const [rows, columns] = shape.slice(-2);
  return { rows, columns, data: data.subarray(i * rows * columns, (i + 1) * rows * columns) };
}

/** Copies of the rows. */
export const rowsOf = ({ rows, columns, data }: Matrix): Float64Array[] =>
  Array.from({ length: rows }, (_, i) => data.slice(i * columns, (i + 1) * columns));

/** Copies of the columns. */
export const columnsOf = (matrix: Matrix): Float64Array[] => rowsOf(turned(matrix));

export function turned({ rows, columns, data }: Matrix): Matrix {
  const out = Float64Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]);
  return { rows: columns, columns: rows, data: out };
}

/** Row after row in one array. */
export function flatRows(rows: readonly Float64Array[]): Float64Array {
  const width = rows[0]?.length ?? 0;
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, i) => out.set(row, i * width));
  return out;
}

/** The matrix with these columns, row by row. */
export const flatColumns = (columns: readonly Float64Array[]): Float64Array =>
  turned({ rows: columns.length, columns: columns[0]?.length ?? 0, data: flatRows(columns) }).data;

/** The first vectors of the standard basis. */
export const unitVectorsOf = (count: number, length: number): Float64Array[] =>
  Array.from({ length: count }, (_, i) => Float64Array.from({ length }, (__, j) => Number(i === j)));

export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** Euclidean length, without overflow. */
export function lengthOf(x: Float64Array): number {
  const top = largest(x);
  if (top === 0 || !Number.isFinite(top)) return top;
  let total = 0;
  for (const value of x) total += (value / top) ** 2;
  return top * Math.sqrt(total);
}

export function largest(x: Float64Array): number {
  let top = 0;
  for (const value of x) if (!(Math.abs(value) <= top)) top = Math.abs(value);
  return top;
}

/** y − factor · x, in place. */
export function subtract(y: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] -= factor * x[i];
}

/** (x, y) → (c·x − s·y, s·x + c·y), in place. */
export function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const left = x[i];
    const right = y[i];
    x[i] = c * left - s * right;
    y[i] = s * left + c * right;
  }
}

/** −1 if the vector's largest element is negative, else 1: fixes the sign of what is known up to one. */
export function signOf(x: Float64Array): number {
  let top = 0;
  for (const value of x) if (Math.abs(value) > Math.abs(top) * (1 + 1e-9)) top = value;
  return top < 0 ? -1 : 1;
}

/** @throws E_SHAPE, E_DTYPE in the words of the operation */
export function requireMatrices(operation: string, a: Spec, square = false): void {
  requireKind(operation, [a], "float");
  const [rows, columns] = a.shape.slice(-2);
  if (a.shape.length < 2 || (square && rows !== columns)) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation} needs ${square ? "square matrices [..., N, N]" : "matrices [..., M, N]"}, got ${specText(a)}.`,
    );
  }
}

/** The axes of a stack, without those of its matrices. */
export const stackOf = ({ shape }: Spec): Shape => shape.slice(0, -2);

/** x [..., n] as columns [..., n, 1] or rows [..., 1, n]. */
export const asColumns = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);
export const asRows = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, -1), 1, x.shape[x.rank - 1]]);

/** (X + Xᵀ)/2 */
export const symmetric = (x: Tensor): Tensor => mul(add(x, transpose(x)), 0.5);

/** A sample of full rank: waves of different lengths, with a weight on the diagonal. */
export function matrixSample(shape: Shape, diagonal = 2, seed = 1): SampleInput {
  const [rows, columns] = shape.slice(-2);
  const values = Array.from({ length: sizeOf(shape) }, (_, at) => {
    const [i, j] = [Math.floor(at / columns) % rows, at % columns];
    return Math.round(1000 * (Math.sin(1 + seed + 1.7 * at) + (i === j ? diagonal + i : 0))) / 1000;
  });
  return { shape, dtype: "float32", values };
}
