import { ELEMENT_TYPES } from "../model.js";
import { type Lower, flag, one, unsigned } from "./context.js";
import { nanAs } from "./reduction.js";

/** Before the first element, whatever the length: where a backward slice ends. */
const BEFORE = -(2 ** 31);
const END = 2 ** 31 - 1;

export const lowerFlip: Lower = ({ model, node, inputs: [x] }) => {
  const axes = node.attrs.axes as readonly number[];
  const all = (value: number): string => model.ints(axes.map(() => value));
  return [one(model, "Slice", [x, all(-1), all(BEFORE), model.ints(axes), all(-1)])];
};

export const lowerStride: Lower = ({ model, node, inputs: [x] }) => {
  const { axis, step } = node.attrs as Record<string, number>;
  return [one(model, "Slice", [x, ...[0, END, axis, step].map((value) => model.ints([value]))])];
};

export const lowerTrilu: Lower = ({ model, node, inputs: [x] }) => [
  one(model, "Trilu", [x, model.scalar(Number(node.attrs.diagonal), "int64")], {
    upper: flag(node.attrs.upper),
  }),
];

export const lowerGatherElements: Lower = ({ model, node, inputs: [x, index] }) => [
  one(model, "GatherElements", [x, unsigned(model, index)], { axis: Number(node.attrs.axis) }),
];

export const lowerScatterElementsAdd: Lower = ({ model, node, inputs: [base, index, values] }) => [
  one(model, "ScatterElements", [base, unsigned(model, index), values], {
    axis: Number(node.attrs.axis),
    reduction: "add",
  }),
];

/** NaN stands where +∞ does; its value is fetched, since the library's order is over stand-ins. */
export const lowerTopK: Lower = (context) => {
  const {
    model,
    node,
    inputs: [x],
  } = context;
  const { axis, k, largest } = node.attrs;
  const keys = nanAs(context, Infinity);
  const [sorted, places] = model.node("TopK", [keys, model.ints([Number(k)])], {
    attributes: { axis: Number(axis), largest: flag(largest), sorted: 1 },
    outputs: 2,
  });
  const values = keys === x ? sorted : one(model, "GatherElements", [x, places], { axis: Number(axis) });
  return [values, one(model, "Cast", [places], { to: ELEMENT_TYPES.int32 })];
};
