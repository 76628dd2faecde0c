import { type Lower, isOne, one } from "./context.js";

export const lowerAdamW: Lower = ({ model, node, inputs: [p, g0, m, v, rate, eps, decay, gradScale] }) => {
  const { beta1, beta2 } = node.attrs as Record<string, number>;
  const scale = node.inputs[7].node;
  const g = isOne(scale) ? g0 : one(model, "Mul", [g0, gradScale]);
  const m1 = one(model, "Add", [one(model, "Mul", [m, model.scalar(beta1)]), g]);
  const v1 = one(model, "Add", [one(model, "Mul", [v, model.scalar(beta2)]), one(model, "Mul", [g, g])]);
  const root = one(model, "Add", [one(model, "Sqrt", [v1]), eps]);
  const step = one(model, "Mul", [one(model, "Div", [m1, root]), rate]);
  const kept = isOne(node.inputs[6].node) ? p : one(model, "Mul", [p, decay]);
  return [one(model, "Sub", [kept, step]), m1, v1];
};

export const lowerDescend: Lower = ({ model, node, inputs: [p, u, rate, decay] }) => {
  const kept = isOne(node.inputs[3].node) ? p : one(model, "Mul", [p, decay]);
  const step = isOne(node.inputs[2].node) ? u : one(model, "Mul", [u, rate]);
  return [one(model, "Sub", [kept, step])];
};
