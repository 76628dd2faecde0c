import type { OpName } from "../../../ops/index.js";
import { one, type Lower } from "./context.js";

/** The library's inverse deviation (the operator's second output) is garbage on this device, so it is computed. */
const lowerRmsNorm: Lower = ({ model, node, inputs: [x, scale], used }) => {
  const epsilon = Number(node.attrs.eps);
  const [y] = model.node("SimplifiedLayerNormalization", [x, scale], {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  });
  if (!used(1)) return [y, ""];
  const square = one(model, "ReduceMean", [one(model, "Mul", [x, x]), model.ints([-1])], { keepdims: 1 });
  const root = one(model, "Sqrt", [one(model, "Add", [square, model.scalar(epsilon)])]);
  return [y, one(model, "Reciprocal", [root])];
};

/** The library's sums the exponentials as they are, which overflow beyond 88, so they are shifted by the maximum. */
const lowerLogSumExp: Lower = ({ model, node, inputs: [x] }) => {
  const axes = model.ints(node.attrs.axes as readonly number[]);
  const top = one(model, "ReduceMax", [x, axes], { keepdims: 1 });
  const total = one(model, "ReduceSum", [one(model, "Exp", [one(model, "Sub", [x, top])]), axes], {
    keepdims: 1,
  });
  const y = one(model, "Add", [top, one(model, "Log", [total])]);
  return [node.attrs.keepDims ? y : one(model, "Squeeze", [y, axes])];
};

/** Rows that differ from the CPU's: operators the GPU lacks, computes wrongly, or hands back to the CPU. */
export const WEBGPU_LOWERINGS: Readonly<Partial<Record<OpName, Lower>>> = {
  logSumExp: lowerLogSumExp,
  rmsNorm: lowerRmsNorm,
};
