import { fromArray, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { cast } from "./cast.js";
import { expand } from "./expand.js";
import { matmul } from "./matmul.js";
import { reshape } from "./reshape.js";
import { transpose } from "./transpose.js";

/** The weights of an axis' old positions in a new one. */
type Weights = (position: number, from: number, to: number) => ReadonlyMap<number, number>;

/** Resizes the spatial axes one after the other, each by a product with a matrix of weights. */
function alongAxes(operation: string, x: Tensor, sizes: readonly number[], weights: Weights): Tensor {
  if (x.rank !== sizes.length + 2 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: sizes [${sizes.join(", ")}] do not fit ${x.toString()}; expected [N, C] and a size above 0 for each further axis.`,
    );
  }
  return sizes.reduce((y, size, i) => (y.shape[i + 2] === size ? y : alongAxis(y, i + 2, size, weights)), x);
}

function alongAxis(x: Tensor, axis: number, to: number, weights: Weights): Tensor {
  const from = x.shape[axis];
  const data = new Float32Array(to * from);
  for (let row = 0; row < to; row++)
    weights(row, from, to).forEach((weight, column) => (data[row * from + column] += weight));
  const matrix = cast(fromArray({ dtype: "float32", shape: [to, from], data }), x.dtype);
  const order = x.shape.map((_, i) => i);
  [order[axis], order[x.rank - 1]] = [x.rank - 1, axis];
  const rows = transpose(x, order);
  const resized = matmul(reshape(rows, [-1, from]), matrix, { transB: true });
  return transpose(reshape(resized, [...rows.shape.slice(0, -1), to]), order);
}

/**
 * The mean of as many parts of each spatial axis as asked for: part i runs from ⌊i·L/size⌋ to ⌈(i + 1)·L/size⌉.
 *
 * @param x     [N, C, …]
 * @param sizes one for each spatial axis
 * @returns [N, C, ...sizes]
 * @throws E_SHAPE
 * @source He et al. 2014 (spatial pyramid pooling); values: tests/golden/conv.json
 * @example adaptiveAveragePool(tensor([[[1, 2, 3]]]), [2]) // [[[1.5, 2.5]]]
 */
export const adaptiveAveragePool = (x: Tensor, sizes: readonly number[]): Tensor =>
  alongAxes("adaptiveAveragePool", x, sizes, (i, from, to) => {
    const [first, last] = [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
    return new Map(Array.from({ length: last - first }, (_, k) => [first + k, 1 / (last - first)]));
  });

export interface InterpolateOptions {
  /** "nearest" repeats elements; "linear" weighs the two neighbours along each axis (bilinear over two axes). Default "nearest". */
  readonly mode?: "nearest" | "linear";
  /** Whether first and last elements stay in place ("linear" only); else elements are cells with an extent. Default false. */
  readonly alignCorners?: boolean;
}

/**
 * Resizes the spatial axes. New element i lies at old position i·L/L′ (nearest, rounded down),
 * (i + ½)·L/L′ − ½ (linear), or i·(L − 1)/(L′ − 1) (linear with alignCorners).
 *
 * @param x     [N, C, …]
 * @param sizes one for each spatial axis
 * @returns [N, C, ...sizes]
 * @throws E_SHAPE
 * @source values: tests/golden/conv.json
 * @example interpolate(tensor([[[1, 2]]]), [4]) // [[[1, 1, 2, 2]]]
 */
export function interpolate(x: Tensor, sizes: readonly number[], options: InterpolateOptions = {}): Tensor {
  const { mode = "nearest", alignCorners = false } = options;
  const whole = x.rank === sizes.length + 2 && sizes.every((size, i) => size % x.shape[i + 2] === 0);
  if (mode === "nearest") return whole ? repeated(x, sizes) : alongAxes("interpolate", x, sizes, nearest);
  return alongAxes("interpolate", x, sizes, linear(alignCorners));
}

const nearest: Weights = (i, from, to) => new Map([[Math.floor((i * from) / to), 1]]);

const linear =
  (alignCorners: boolean): Weights =>
  (i, from, to) => {
    const at = alignCorners ? (i * (from - 1)) / Math.max(1, to - 1) : ((i + 0.5) * from) / to - 0.5;
    const low = Math.min(Math.floor(Math.max(0, at)), from - 1);
    const weight = Math.min(1, Math.max(0, at - low));
    return low + 1 < from
      ? new Map([
          [low, 1 - weight],
          [low + 1, weight],
        ])
      : new Map([[low, 1]]);
  };

/** Each element repeated along each axis, by whole factors. */
function repeated(x: Tensor, sizes: readonly number[]): Tensor {
  const lead = x.shape.slice(0, 2);
  const apart = sizes.flatMap((_, i) => [x.shape[i + 2], 1]);
  const wide = sizes.flatMap((size, i) => [x.shape[i + 2], size / x.shape[i + 2]]);
  return reshape(expand(reshape(x, [...lead, ...apart]), [...lead, ...wide]), [...lead, ...sizes]);
}
