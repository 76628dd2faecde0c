import { toNumbers, type HostArray } from "./host-array.js";
import { formatSpec, sizeOf } from "./shape.js";

const EDGE = 3;
const LIMIT = 1000;

/**
 * Values, shape and dtype as text; long axes are folded to their first and last three entries.
 *
 * @example formatArray(hostArray(Float32Array.of(1, 2), [2])) // "float32[2]\n[1, 2]"
 */
export function formatArray(array: HostArray): string {
  const values = toNumbers(array);
  const fold = sizeOf(array.shape) > LIMIT;
  const text = (value: number): string =>
    Number.isInteger(value) ? String(value) : String(+value.toPrecision(4));
  const render = (axis: number, offset: number): string => {
    if (axis === array.shape.length) return text(values[offset]);
    const length = array.shape[axis];
    const stride = sizeOf(array.shape.slice(axis + 1));
    const item = (i: number): string => render(axis + 1, offset + i * stride);
    const all = Array.from({ length }, (_, i) => i);
    const folded = fold && length > 2 * EDGE;
    const parts = folded
      ? [...all.slice(0, EDGE).map(item), "…", ...all.slice(-EDGE).map(item)]
      : all.map(item);
    const separator = axis === array.shape.length - 1 ? ", " : `,\n${" ".repeat(axis + 1)}`;
    return `[${parts.join(separator)}]`;
  };
  return `${formatSpec(array.dtype, array.shape)}\n${render(0, 0)}`;
}
