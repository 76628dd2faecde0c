import { type Lower, flag, one } from "./context.js";

export const lowerReduce =
  (type: string): Lower =>
  ({ model, node, inputs }) => {
    const axes = model.ints(node.attrs.axes as readonly number[]);
    return [one(model, type, [inputs[0], axes], { keepdims: flag(node.attrs.keepDims) })];
  };
