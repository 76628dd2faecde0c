import type { Node } from "../../../graph/index.js";
import { sizeOf } from "../../../tensor/index.js";
import { elementwiseKernel, flatRows, type Expression, type Step, type Value } from "../../jit/index.js";
import { type Lower, type LowerContext, isOne, one } from "./context.js";

export const lowerAdamW: Lower = (context) => {
  const { model, node, inputs } = context;
  const [p, g0, m, v, rate, eps, decay, gradScale] = inputs;
  if (inKernel(context)) {
    const shapes = node.outputs.map(({ shape }) => shape);
    return model.native(elementwiseKernel(adamwExpression(node), shapes), inputs);
  }
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

/** Updates of few numbers are as well done by the library. */
const SMALLEST = 64;

const inKernel = ({ kernels, node }: LowerContext): boolean =>
  kernels &&
  sizeOf(node.outputs[0].shape) >= SMALLEST &&
  node.inputs.every(({ dtype }) => dtype === "float32");

/** The same as an expression: one pass over the parameter, its gradient and its moments. */
function adamwExpression(node: Node): Expression {
  const { beta1, beta2 } = node.attrs as Record<string, number>;
  const [p, g0, m, v, rate, eps, decay, gradScale] = node.inputs.map((_, input): Value => ({ input }));
  const steps: Step[] = [];
  const step = (op: string, ...args: readonly Value[]): Value => {
    steps.push({ op, args, access: "element" });
    return { step: steps.length - 1 };
  };
  const g = step("mul", g0, gradScale);
  const m1 = step("add", step("mul", m, { number: beta1 }), g);
  const v1 = step("add", step("mul", v, { number: beta2 }), step("mul", g, g));
  const ratio = step("div", m1, step("add", step("sqrt", v1), eps));
  const p1 = step("sub", step("mul", p, decay), step("mul", ratio, rate));
  const { rows, width } = flatRows(sizeOf(node.outputs[0].shape));
  return {
    rows,
    width,
    inputs: node.inputs.map((_, i) => (i < 4 ? "element" : "scalar")),
    steps,
    outputs: [p1, m1, v1].map((value) => (value as { step: number }).step),
  };
}

export const lowerDescend: Lower = ({ model, node, inputs: [p, u, rate, decay] }) => {
  const kept = isOne(node.inputs[3].node) ? p : one(model, "Mul", [p, decay]);
  const step = isOne(node.inputs[2].node) ? u : one(model, "Mul", [u, rate]);
  return [one(model, "Sub", [kept, step])];
};
