import { product } from "./contraction.js";
import { type Lower, type LowerContext, one, reshaped, unsigned } from "./context.js";
import { softmaxOf } from "./softmax.js";

export const lowerTokenLoss: Lower = (context) => {
  const [logits, targets] = context.inputs;
  return lossesOf(context, logits, targets);
};

export const lowerProjectionLoss: Lower = (context) => {
  const { node, inputs } = context;
  const [x, w] = node.inputs;
  const logits = product(context, inputs.slice(0, 2), {
    shapes: [x.shape, w.shape],
    transB: true,
    output: node.outputs[1].shape,
  });
  return lossesOf(context, logits, inputs[2]);
};

/** Softmax, one gathered element a row, log: two passes over [N, V]. */
function lossesOf(context: LowerContext, logits: string, targets: string): string[] {
  const { model, node } = context;
  const [rows] = node.outputs[0].shape;
  const p = softmaxOf(context, logits, node.outputs[1].shape);
  const index = unsigned(model, reshaped(model, targets, [rows, 1]));
  const picked = one(model, "GatherElements", [p, index], { axis: 1 });
  // Below the smallest normal float the logarithm would be −∞.
  const safe = one(model, "Clip", [picked, model.scalar(1.2e-38)]);
  return [one(model, "Neg", [one(model, "Log", [reshaped(model, safe, [rows])])]), p];
}

export const lowerSubtractOneHot: Lower = ({ model, node, inputs: [p, targets] }) => {
  const [rows] = node.outputs[0].shape;
  const minus = one(model, "Expand", [model.scalar(-1), model.ints([rows, 1])]);
  const index = reshaped(model, targets, [rows, 1]);
  return [one(model, "ScatterElements", [p, index, minus], { axis: 1, reduction: "add" })];
};
