import { Node } from "../../../graph/index.js";
import { sizeOf, type Shape } from "../../../tensor/index.js";
import { gemmKernel } from "../../jit/index.js";
import { CONTRIB } from "../model.js";
import { type Lower, type LowerContext, flag, one } from "./context.js";

export const lowerMatmul: Lower = (context) => {
  const { model, node, inputs } = context;
  const alpha = Number(node.attrs.alpha);
  if (model.isSymbolic(alpha)) return scaledAfterwards(context, alpha);
  const [a, b] = node.inputs;
  const y = product(context, inputs, {
    shapes: [a.shape, b.shape],
    transA: Boolean(node.attrs.transA),
    transB: Boolean(node.attrs.transB),
    alpha,
    output: node.outputs[0].shape,
    float32: a.dtype === "float32",
  });
  return [y];
};

/** The operators' factor is fixed, so one that follows the sizes is a product of its own. */
function scaledAfterwards(context: LowerContext, alpha: number): string[] {
  const { model, node, inputs } = context;
  const [a, b, c] = inputs;
  const attrs = { ...node.attrs, alpha: 1 };
  const plain = new Node(node.op, node.inputs.slice(0, 2), attrs, node.outputs);
  const [unscaled] = lowerMatmul({ ...context, node: plain, inputs: [a, b] });
  const scaled = one(model, "Mul", [unscaled, model.scalar(alpha, node.outputs[0].dtype)]);
  return [c ? one(model, "Add", [scaled, c]) : scaled];
}

export interface Product {
  readonly shapes: readonly [Shape, Shape];
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  readonly output: Shape;
  /** Default true. */
  readonly float32?: boolean;
}

/** alpha · A·B (+ bias): by a kernel of our own where the machine runs them and the sizes are worth it. */
export function product(context: LowerContext, operands: readonly string[], what: Product): string {
  const { model } = context;
  const [a, b, bias] = operands;
  const { transA = false, transB = false, alpha = 1, output } = what;
  const kernel = kernelOf(context, what, bias !== undefined);
  if (kernel) return model.native(kernel, operands)[0];
  if (output.length === 2) {
    const attributes = { transA: flag(transA), transB: flag(transB), alpha: { float: alpha } };
    return one(model, "Gemm", operands, attributes);
  }
  const plain = stackedProduct(context, [a, b], what);
  return bias === undefined ? plain : one(model, "Add", [plain, bias]);
}

/** Below this a product is not worth a call: the library's own overhead is smaller. */
const WORTHWHILE = 250_000;

function kernelOf({ model, kernels }: LowerContext, what: Product, bias: boolean) {
  const { shapes, transA = false, transB = false, alpha = 1, output, float32 = true } = what;
  if (!kernels || !float32 || [...shapes.flat(), ...output].some((dim) => model.isSymbolic(dim)))
    return undefined;
  const [a, b] = shapes;
  const shared = b.length < a.length;
  const n = output[output.length - 1];
  const m = shared ? sizeOf(output) / n : output[output.length - 2];
  const k = a[a.length - (transA ? 2 : 1)];
  const batch = shared ? 1 : sizeOf(output.slice(0, -2));
  if (m < 16 || n < 16 || k < 8 || m * n * k * batch < WORTHWHILE) return undefined;
  return gemmKernel({ batch, m, n, k, transA, transB, alpha, bias }, output);
}

/** alpha · A·B for stacks of matrices: one operator on the CPU, the GPU has it only in parts. */
function stackedProduct(
  { model, device }: LowerContext,
  [a, b]: readonly [string, string],
  { shapes, transA = false, transB = false, alpha = 1 }: Product,
): string {
  if (device === "cpu") {
    const attributes = { transA: flag(transA), transB: flag(transB), alpha: { float: alpha } };
    return one(model, "FusedMatMul", [a, b], attributes, CONTRIB);
  }
  const turned = (name: string, rank: number): string => {
    const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
    return one(model, "Transpose", [name], { perm });
  };
  const left = transA ? turned(a, shapes[0].length) : a;
  const plain = one(model, "MatMul", [left, transB ? turned(b, shapes[1].length) : b]);
  return alpha === 1 ? plain : one(model, "Mul", [plain, model.scalar(alpha)]);
}
