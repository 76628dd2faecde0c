import type { OnnxModel } from "../model.js";
import { type Lower, one, reshaped, unsigned } from "./context.js";

export const lowerTokenLoss: Lower = ({ model, node, inputs: [logits, targets] }) => {
  const [rows] = node.outputs[0].shape;
  return lossesOf(model, logits, targets, rows);
};

export const lowerProjectionLoss: Lower = ({ model, node, inputs: [x, w, targets] }) => {
  const [rows] = node.outputs[0].shape;
  return lossesOf(model, one(model, "Gemm", [x, w], { transB: 1 }), targets, rows);
};

/** Softmax, one gathered element a row, log: two passes over [N, V]. */
function lossesOf(model: OnnxModel, logits: string, targets: string, rows: number): string[] {
  const p = one(model, "Softmax", [logits], { axis: -1 });
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
