import { isFloat } from "../../../tensor/index.js";
import { ELEMENT_TYPES } from "../model.js";
import { type Lower, flag, one } from "./context.js";
import { number } from "./elementwise.js";

export const lowerReduce =
  (type: string): Lower =>
  ({ model, node, inputs }) => {
    const axes = model.ints(node.attrs.axes as readonly number[]);
    return [one(model, type, [inputs[0], axes], { keepdims: flag(node.attrs.keepDims) })];
  };

/** The library's extremes pass over NaN on the CPU; here one among floats is the result. */
export const lowerExtreme =
  (type: string): Lower =>
  (context) => {
    const { model, node, inputs, device } = context;
    const [y] = lowerReduce(type)(context);
    const [{ dtype }] = node.outputs;
    if (!isFloat(dtype) || device === "webgpu") return [y];
    const attributes = { keepdims: flag(node.attrs.keepDims) };
    const axes = model.ints(node.attrs.axes as readonly number[]);
    const found = one(model, "ReduceMax", [one(model, "IsNaN", inputs), axes], attributes);
    return [one(model, "Where", [found, number(model, NaN, dtype), y])];
  };

/** The first position of an extreme, which NaN is; the library's are int64. */
export const lowerArg =
  (type: "ArgMax" | "ArgMin"): Lower =>
  (context) => {
    const { model, node } = context;
    const attributes = { axis: Number(node.attrs.axis), keepdims: flag(node.attrs.keepDims) };
    const x = nanAs(context, type === "ArgMax" ? Infinity : -Infinity);
    return [one(model, "Cast", [one(model, type, [x], attributes)], { to: ELEMENT_TYPES.int32 })];
  };

/** The first input with another number for NaN, which the library puts anywhere; on a GPU, which has no test, as it is. */
export function nanAs({ model, node, inputs: [x], device }: Parameters<Lower>[0], value: number): string {
  const [{ dtype }] = node.inputs;
  if (!isFloat(dtype) || device === "webgpu") return x;
  return one(model, "Where", [one(model, "IsNaN", [x]), number(model, value, dtype), x]);
}

export const lowerCumsum: Lower = ({ model, node, inputs: [x] }) => {
  const { axis, reverse, exclusive } = node.attrs;
  const attributes = { reverse: flag(reverse), exclusive: flag(exclusive) };
  return [one(model, "CumSum", [x, model.scalar(Number(axis), "int64")], attributes)];
};
