import type { Lower } from "./context.js";

export const lowerLayerNorm: Lower = ({ model, node, inputs }) =>
  model.node("LayerNormalization", inputs, {
    attributes: { axis: -1, epsilon: { float: Number(node.attrs.eps) } },
    outputs: 3,
  });

export const lowerRmsNorm: Lower = ({ model, node, inputs }) =>
  model.node("SimplifiedLayerNormalization", inputs, {
    attributes: { axis: -1, epsilon: { float: Number(node.attrs.eps) } },
    outputs: 2,
  });
