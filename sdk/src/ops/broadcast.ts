import { apply, Tensor, type Spec } from "../graph/index.js";
import { sameShape, sizeOf, stridesOf, type DType, type Shape } from "../tensor/index.js";
import { GradlabError } from "../errors.js";
import { constantOp } from "./constant.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";

/** What binary ops accept: numbers become constants of the other operand's dtype. */
export type Operand = Tensor | number;

export const asTensor = (operand: Operand, dtype: DType): Tensor =>
  operand instanceof Tensor ? operand : apply(constantOp, [], { value: operand, shape: [], dtype });

/** Both operands as tensors; at least one gives the dtype (float32 for two numbers). */
export function pairOf(a: Operand, b: Operand): [Tensor, Tensor] {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  return [asTensor(a, dtype), asTensor(b, dtype)];
}

/** @throws E_DTYPE naming the operation and both tensors */
export function requireSameDType(operation: string, specs: readonly Spec[]): DType {
  const [first, ...rest] = specs;
  const other = rest.find((spec) => spec.dtype !== first.dtype);
  if (other) {
    throw new GradlabError("E_DTYPE", `${operation}: ${first.dtype} and ${other.dtype} do not mix.`, {
      hint: `Convert one of them, for example with .cast("${first.dtype}").`,
    });
  }
  return first.dtype;
}

/** The transpose of broadcasting: sums a gradient over the axes that were stretched. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.rank - shape.length;
  const axes = g.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < lead || shape[axis - lead] !== g.shape[axis]);
  return reshape(sum(g, { axes, keepDims: true }), shape);
}

/** For each element of `out`, the flat index of the element of `input` that broadcasts to it. */
export function broadcastIndex(out: Shape, input: Shape): Int32Array {
  const lead = out.length - input.length;
  const own = stridesOf(input);
  const outStrides = stridesOf(out);
  const steps = out.map((_, axis) => (axis < lead || input[axis - lead] === 1 ? 0 : own[axis - lead]));
  return Int32Array.from({ length: sizeOf(out) }, (_, flat) => {
    let index = 0;
    for (let axis = 0; axis < out.length; axis++)
      index += (Math.floor(flat / outStrides[axis]) % out[axis]) * steps[axis];
    return index;
  });
}
