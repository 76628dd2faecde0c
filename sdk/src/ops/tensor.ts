import { GradlabError } from "../errors.js";
import { fromArray, Tensor } from "../graph/index.js";
import {
  fromNumbers,
  hostArray,
  type DType,
  type NestedNumbers,
  type Shape,
  type TypedArray,
} from "../tensor/index.js";

export interface TensorOptions {
  /** Default float32, or the dtype of typed data. */
  readonly dtype?: DType;
  /** Needed for typed data of more than one axis. */
  readonly shape?: Shape;
}

/**
 * A tensor of given values: nested arrays, or typed data with a shape.
 *
 * @throws E_SHAPE when nested arrays are ragged, or data does not fill the shape
 * @example tensor([[1, 2], [3, 4]]).shape // [2, 2]
 */
export function tensor(values: NestedNumbers | TypedArray, options: TensorOptions = {}): Tensor {
  if (ArrayBuffer.isView(values)) {
    return fromArray(hostArray(values, options.shape ?? [values.length], options.dtype));
  }
  const shape: number[] = [];
  for (let level: NestedNumbers = values; Array.isArray(level); level = level[0] as NestedNumbers) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat: number[] = [];
  flatten(values, shape, 0, flat);
  return fromArray(fromNumbers(flat, options.shape ?? shape, options.dtype ?? "float32"));
}

function flatten(values: NestedNumbers, shape: readonly number[], axis: number, out: number[]): void {
  if (typeof values === "number" && axis === shape.length) {
    out.push(values);
    return;
  }
  if (typeof values === "number" || values.length !== shape[axis]) {
    throw new GradlabError(
      "E_SHAPE",
      `The nested array is ragged: axis ${axis} is not ${shape[axis] ?? "a number"} long everywhere.`,
    );
  }
  for (const value of values) flatten(value, shape, axis + 1, out);
}

/** An int32 tensor of token ids from rows of equal length. @example ids([[1, 2]]).dtype // "int32" */
export const ids = (rows: readonly (readonly number[])[]): Tensor => tensor(rows, { dtype: "int32" });
