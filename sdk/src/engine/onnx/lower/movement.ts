import { fromNumbers, sizeOf, type DType } from "../../../tensor/index.js";
import { ELEMENT_TYPES, type OnnxModel } from "../model.js";
import { type Lower, one, reshaped, sizeOnceKnown, unsigned } from "./context.js";

export const lowerSlice: Lower = ({ model, node, inputs }) => {
  const { axis, start, end } = node.attrs as Record<string, number>;
  const length = node.inputs[0].shape[axis];
  // Traced with huge stand-ins alone, positions along a symbolic axis count from its end, whatever its length.
  const fromEnd = model.isSymbolic(length) && start > LARGEST_LENGTH;
  const place = (position: number): number =>
    !fromEnd || position === 0 ? position : position === length ? END : position - length;
  return [
    one(model, "Slice", [
      inputs[0],
      model.ints([place(start)]),
      model.ints([place(end)]),
      model.ints([axis]),
    ]),
  ];
};

/** ONNX clamps slices, so this is "to the end". */
const END = 2 ** 31 - 1;

/** Longer axes are stand-ins. */
const LARGEST_LENGTH = 100_000;

export const lowerPad: Lower = ({ model, node, inputs }) => {
  const { axis, before, after } = node.attrs as Record<string, number>;
  const rank = node.outputs[0].shape.length;
  const pads = Array.from({ length: 2 * rank }, (_, i) =>
    i === axis ? before : i === rank + axis ? after : 0,
  );
  return [one(model, "Pad", [inputs[0], model.ints(pads)])];
};

export const lowerConstant: Lower = ({ model, node }) => {
  const [{ shape, dtype }] = node.outputs;
  const value = Number(node.attrs.value);
  const scalar = model.scalar(value, dtype);
  return [shape.length === 0 ? scalar : one(model, "Expand", [scalar, model.ints(shape)])];
};

/**
 * By ScatterElements, which works in one thread: ScatterND takes rows in several, and loses additions where two of them
 * meet in one row (onnxruntime issues 18048, 23396).
 */
export const lowerScatterAdd: Lower = ({ model, node, inputs: [base, index, rows] }) => {
  const count = sizeOf(node.inputs[1].shape);
  const row = node.outputs[0].shape.slice(1);
  const updates = reshaped(model, rows, [count, ...row]);
  const column = unsigned(model, reshaped(model, index, [count, ...row.map(() => 1)]));
  const wide = one(model, "Expand", [column, one(model, "Shape", [updates])]);
  return [one(model, "ScatterElements", [base, wide, updates], { axis: 0, reduction: "add" })];
};

export const lowerArange: Lower = ({ model, node }) => {
  const [{ shape, dtype }] = node.outputs;
  const { start, step } = node.attrs as Record<string, number>;
  if (model.isSymbolic(shape[0])) return [countedRange(model, shape[0], start, step, dtype)];
  const values = Float64Array.from({ length: shape[0] }, (_, i) => start + step * i);
  return [model.initializer(fromNumbers(values, shape, dtype))];
};

/** The same at run time: whole numbers directly, others in double precision, rounded once. */
function countedRange(model: OnnxModel, length: number, start: number, step: number, dtype: DType): string {
  const [zero, unit] = [model.scalar(0, "int64"), model.scalar(1, "int64")];
  const count = one(model, "Range", [zero, model.scalar(length, "int64"), unit]);
  const cast = (x: string, to: DType): string => one(model, "Cast", [x], { to: ELEMENT_TYPES[to] });
  if (start === 0 && step === 1) return dtype === "int64" ? count : cast(count, dtype);
  const scaled = one(model, "Mul", [cast(count, "float64"), model.scalar(step, "float64")]);
  return cast(one(model, "Add", [scaled, model.scalar(start, "float64")]), dtype);
}

/** A reshape to the shape it has, plus zero times the tokens' sizes: it waits for them and copies nothing. */
export const lowerAfter: Lower = ({ model, node, inputs: [x, ...tokens] }) => {
  const sizes = tokens.map((token, i) => sizeOnceKnown(model, token, node.inputs[i + 1].dtype));
  const total = sizes.reduce((sum, size) => one(model, "Add", [sum, size]));
  const zero = one(model, "Mul", [total, model.scalar(0, "int64")]);
  return [one(model, "Reshape", [x, one(model, "Add", [one(model, "Shape", [x]), zero])])];
};
