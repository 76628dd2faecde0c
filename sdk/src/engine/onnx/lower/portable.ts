import type { OpName } from "../../../ops/index.js";
import { ELEMENT_TYPES } from "../model.js";
import { one, reshaped, type Lower } from "./context.js";

const lowerGelu: Lower = ({ model, node, inputs }) =>
  model.node("Gelu", inputs, { attributes: { approximate: String(node.attrs.approximate) } });

/** The standard's operator has no second output, so the inverse deviation is computed where it is read. */
const lowerRmsNorm: Lower = ({ model, node, inputs: [x, scale], used }) => {
  const epsilon = Number(node.attrs.eps);
  const y = one(model, "RMSNormalization", [x, scale], { axis: -1, epsilon: { float: epsilon } });
  if (!used(1)) return [y, ""];
  const square = one(model, "ReduceMean", [one(model, "Mul", [x, x]), model.ints([-1])], { keepdims: 1 });
  const root = one(model, "Sqrt", [one(model, "Add", [square, model.scalar(epsilon)])]);
  return [y, one(model, "Reciprocal", [root])];
};

/** The standard's operator takes rows [B, T, H·E] with the number of heads. */
const lowerRope: Lower = ({ model, node, inputs: [x, positions, cos, sin] }) => {
  const [batch, time, heads, width] = node.inputs[0].shape;
  const wide = one(model, "Cast", [positions], { to: ELEMENT_TYPES.int64 });
  const angle = node.attrs.inverse ? one(model, "Neg", [sin]) : sin;
  const rows = reshaped(model, x, [batch, time, heads * width], node.inputs[0].shape);
  const turning = 2 * node.inputs[2].shape[1];
  const turned = one(model, "RotaryEmbedding", [rows, cos, angle, wide], {
    num_heads: heads,
    ...(turning === width ? {} : { rotary_embedding_dim: turning }),
  });
  return [reshaped(model, turned, node.outputs[0].shape)];
};

const lowerSilu: Lower = ({ model, inputs: [x] }) => [one(model, "Mul", [x, one(model, "Sigmoid", [x])])];

/** Rows that differ from the CPU's where a file may hold nothing but the standard's operators. */
export const PORTABLE_LOWERINGS: Readonly<Partial<Record<OpName, Lower>>> = {
  gelu: lowerGelu,
  rmsNorm: lowerRmsNorm,
  rope: lowerRope,
  silu: lowerSilu,
};
