import { elementwiseKernel } from "../../jit/index.js";
import { expressionOf } from "../fuse.js";
import type { Lower } from "./context.js";

/** A fused node is a kernel of our own. */
export const lowerFused: Lower = ({ model, node, inputs }) => {
  const shapes = node.outputs.map(({ shape }) => shape);
  return model.native(elementwiseKernel(expressionOf(node.op)!, shapes), inputs);
};
