import type { Node } from "../../../graph/index.js";
import { ELEMENT_TYPES } from "../model.js";
import { one, type Attributes, type Lower } from "./context.js";

function windowOf(node: Node): Attributes {
  const { kernel, stride, padding } = node.attrs as Readonly<Record<string, readonly number[]>>;
  return { kernel_shape: kernel, strides: stride, pads: padding };
}

export const lowerMaxPool: Lower = ({ model, node, inputs, used }) => {
  const attributes = windowOf(node);
  if (!used(1)) return [one(model, "MaxPool", inputs, attributes), ""];
  const [y, at] = model.node("MaxPool", inputs, { attributes, outputs: 2 });
  return [y, one(model, "Cast", [at], { to: ELEMENT_TYPES.int32 })];
};

export const lowerAveragePool: Lower = ({ model, node, inputs }) => [
  one(model, "AveragePool", inputs, { ...windowOf(node), count_include_pad: 1 }),
];
