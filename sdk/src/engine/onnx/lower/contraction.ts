import { CONTRIB } from "../model.js";
import { type Lower, flag, one } from "./context.js";

export const lowerMatmul: Lower = ({ model, node, inputs }) => {
  const { transA, transB, alpha } = node.attrs;
  const attributes = { transA: flag(transA), transB: flag(transB), alpha: { float: Number(alpha) } };
  if (node.outputs[0].shape.length === 2) return model.node("Gemm", inputs, { attributes });
  const product = one(model, "FusedMatMul", inputs.slice(0, 2), attributes, CONTRIB);
  return [inputs[2] ? one(model, "Add", [product, inputs[2]]) : product];
};
