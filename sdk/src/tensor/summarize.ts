import { isFloat } from "./dtype.js";
import { type HostArray, toNumbers } from "./host-array.js";
import { sizeOf } from "./shape.js";

/** Numbers that a summary carries at most. */
const MAX_VALUES = 4096;
const MAX_SIDE = 48;
const MAX_SLICES = 8;
const BINS = 40;
/** Larger tensors are shown as text alone: what they cost to summarize is felt. */
const MAX_ELEMENTS = 1 << 22;

/**
 * What a front end needs to draw a tensor: statistics and a histogram over all values, and up to 4096 of them as
 * matrices cut from the last two axes (every k-th row and column where there are more than 48). Undefined for scalars,
 * truth values, empty and very large tensors, whose text says all.
 */
export function summarizeArray(array: HostArray): Readonly<Record<string, unknown>> | undefined {
  const { dtype, shape } = array;
  const size = sizeOf(shape);
  if (shape.length === 0 || size < 2 || size > MAX_ELEMENTS || dtype === "bool") return undefined;
  const values = toNumbers(array);
  const stats = statsOf(values);
  return {
    version: 1,
    dtype,
    shape,
    stats,
    histogram: stats === null ? null : histogramOf(values, stats.min, stats.max),
    slices: slicesOf(values, shape, isFloat(dtype)),
  };
}

interface Stats {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly notFinite: number;
}

/** Over the finite values; null when there are none. std divides by n. */
function statsOf(values: Float64Array): Stats | null {
  let [count, min, max, mean, squares] = [0, Infinity, -Infinity, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    count += 1;
    min = Math.min(min, value);
    max = Math.max(max, value);
    // Welford: sums of squares of large equal numbers would cancel.
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  if (count === 0) return null;
  return { min, max, mean, std: Math.sqrt(squares / count), notFinite: values.length - count };
}

function histogramOf(values: Float64Array, low: number, high: number): object {
  const counts = new Array<number>(low === high ? 1 : BINS).fill(0);
  const scale = low === high ? 0 : counts.length / (high - low);
  for (const value of values) {
    if (Number.isFinite(value)) counts[Math.min(counts.length - 1, Math.floor((value - low) * scale))] += 1;
  }
  return { low, high, counts };
}

function slicesOf(values: Float64Array, shape: readonly number[], float: boolean): object[] {
  const height = shape.length > 1 ? shape[shape.length - 2] : 1;
  const width = shape[shape.length - 1];
  // A vector may be as wide as a whole matrix is large.
  const columnStep = Math.ceil(width / (height === 1 ? MAX_SIDE * 4 : MAX_SIDE));
  const rowStep = Math.ceil(height / MAX_SIDE);
  const [rows, columns] = [Math.ceil(height / rowStep), Math.ceil(width / columnStep)];
  const leading = shape.slice(0, -2);
  const number = Math.min(
    sizeOf(leading),
    MAX_SLICES,
    Math.max(1, Math.floor(MAX_VALUES / (rows * columns))),
  );
  return Array.from({ length: number }, (_, slice) => {
    const cut: (number | null)[] = [];
    for (let row = 0; row < height; row += rowStep) {
      for (let column = 0; column < width; column += columnStep) {
        cut.push(plain(values[slice * height * width + row * width + column], float));
      }
    }
    return { index: indexOf(slice, leading), rows, columns, rowStep, columnStep, values: cut };
  });
}

/** Four digits are as many as a colour can show. */
const plain = (value: number, float: boolean): number | null =>
  !Number.isFinite(value) ? null : float ? Number(value.toPrecision(4)) : value;

function indexOf(slice: number, leading: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = leading.length - 1, rest = slice; axis >= 0; axis--) {
    index.unshift(rest % leading[axis]);
    rest = Math.floor(rest / leading[axis]);
  }
  return index;
}
