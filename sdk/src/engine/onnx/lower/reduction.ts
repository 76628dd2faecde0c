import { ELEMENT_TYPES } from "../model.js";
import { type Lower, flag, one } from "./context.js";

export const lowerReduce =
  (type: string): Lower =>
  ({ model, node, inputs }) => {
    const axes = model.ints(node.attrs.axes as readonly number[]);
    return [one(model, type, [inputs[0], axes], { keepdims: flag(node.attrs.keepDims) })];
  };

/** The first position of an extreme; the library's are int64. */
export const lowerArg =
  (type: string): Lower =>
  ({ model, node, inputs }) => {
    const attributes = { axis: Number(node.attrs.axis), keepdims: flag(node.attrs.keepDims) };
    return [one(model, "Cast", [one(model, type, inputs, attributes)], { to: ELEMENT_TYPES.int32 })];
  };

export const lowerCumsum: Lower = ({ model, node, inputs: [x] }) => {
  const { axis, reverse, exclusive } = node.attrs;
  const attributes = { reverse: flag(reverse), exclusive: flag(exclusive) };
  return [one(model, "CumSum", [x, model.scalar(Number(axis), "int64")], attributes)];
};
