import { Node } from "../../../graph/index.js";
import { CONTRIB } from "../model.js";
import { type Lower, type LowerContext, flag, one } from "./context.js";

export const lowerMatmul: Lower = (context) => {
  const { model, node, inputs } = context;
  const { transA, transB } = node.attrs;
  const rank = node.outputs[0].shape.length;
  const alpha = Number(node.attrs.alpha);
  const [a, b, c] = inputs;
  if (model.isSymbolic(alpha)) {
    // The operators' factor is fixed, so one that follows the sizes is a product of its own.
    const attrs = { ...node.attrs, alpha: 1 };
    const plain = new Node(node.op, node.inputs.slice(0, 2), attrs, node.outputs);
    const [product] = lowerMatmul({ ...context, node: plain, inputs: [a, b] });
    const scaled = one(model, "Mul", [product, model.scalar(alpha, node.outputs[0].dtype)]);
    return [c ? one(model, "Add", [scaled, c]) : scaled];
  }
  if (rank === 2) {
    const attributes = { transA: flag(transA), transB: flag(transB), alpha: { float: alpha } };
    return model.node("Gemm", inputs, { attributes });
  }
  const turns = { transA: Boolean(transA), transB: Boolean(transB) };
  const ranks = [node.inputs[0].shape.length, node.inputs[1].shape.length] as const;
  const product = stackedProduct(context, [a, b], { ranks, ...turns, alpha });
  return [c ? one(model, "Add", [product, c]) : product];
};

export interface ProductOptions {
  /** How many axes each operand has. */
  readonly ranks: readonly [number, number];
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/** alpha · A·B for stacks of matrices: one operator on the CPU, the GPU has it only in parts. */
export function stackedProduct(
  { model, device }: Pick<LowerContext, "model" | "device">,
  [a, b]: readonly [string, string],
  { ranks, transA = false, transB = false, alpha = 1 }: ProductOptions,
): string {
  if (device === "cpu") {
    const attributes = { transA: flag(transA), transB: flag(transB), alpha: { float: alpha } };
    return one(model, "FusedMatMul", [a, b], attributes, CONTRIB);
  }
  const turned = (name: string, rank: number): string => {
    const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
    return one(model, "Transpose", [name], { perm });
  };
  const left = transA ? turned(a, ranks[0]) : a;
  const product = one(model, "MatMul", [left, transB ? turned(b, ranks[1]) : b]);
  return alpha === 1 ? product : one(model, "Mul", [product, model.scalar(alpha)]);
}
