import { isFloat, isInteger, isUnsigned, type DType } from "../../../tensor/index.js";
import { CONTRIB, ELEMENT_TYPES, type OnnxModel } from "../model.js";
import { type Lower, type LowerContext, one } from "./context.js";

export const lowerGelu: Lower = ({ model, node, inputs }) =>
  node.attrs.approximate === "tanh"
    ? model.node("FastGelu", inputs, { domain: CONTRIB })
    : model.node("Gelu", inputs, { attributes: { approximate: "none" } });

/** A scalar of any dtype. */
export const number = (model: OnnxModel, value: number, dtype: DType): string => model.scalar(value, dtype);

/** An operator with one float attribute, `alpha`. */
export const withAlpha =
  (type: string): Lower =>
  ({ model, node, inputs }) =>
    model.node(type, inputs, { attributes: { alpha: { float: Number(node.attrs.alpha) } } });

export const lowerClip: Lower = ({ model, node, inputs: [x] }) => {
  const { min, max } = node.attrs as Record<string, number>;
  const [{ dtype }] = node.outputs;
  const bound = (value: number): string => (Number.isFinite(value) ? number(model, value, dtype) : "");
  return [one(model, "Clip", [x, bound(min), bound(max)])];
};

/** x · ln(u)/(u − 1) for u = 1 + x rounded: the rounding error of u cancels (Kahan). */
export const lowerLog1p: Lower = ({ model, node, inputs: [x] }) => {
  const [{ dtype }] = node.outputs;
  const unit = number(model, 1, dtype);
  const u = one(model, "Add", [x, unit]);
  // Bounded, so that an infinite u gives an infinite quotient.
  const rounded = one(model, "Min", [one(model, "Sub", [u, unit]), number(model, 3e38, dtype)]);
  const quotient = one(model, "Div", [one(model, "Log", [u]), rounded]);
  return [one(model, "Where", [one(model, "Equal", [u, unit]), x, one(model, "Mul", [x, quotient])])];
};

/** tanh(x/2) · (eˣ + 1): no difference of near numbers. */
export const lowerExpm1: Lower = ({ model, node, inputs: [x] }) => {
  const [{ dtype }] = node.outputs;
  const half = one(model, "Tanh", [one(model, "Mul", [x, number(model, 0.5, dtype)])]);
  const raised = one(model, "Add", [one(model, "Exp", [x]), number(model, 1, dtype)]);
  return [one(model, "Mul", [half, raised])];
};

export const lowerDiv: Lower = (context) =>
  isInteger(context.node.outputs[0].dtype)
    ? [wholeQuotient(context)]
    : context.model.node("Div", context.inputs);

/** The remainder with the divisor's sign: that of whole numbers is the library's, that of floats takes two steps. */
export const lowerRemainder: Lower = (context) => {
  const { model, node, inputs } = context;
  const [a, b] = inputs;
  if (isFloat(node.outputs[0].dtype)) {
    const first = one(model, "Mod", [a, b], { fmod: 1 });
    return [one(model, "Mod", [one(model, "Add", [first, b]), b], { fmod: 1 })];
  }
  const { safe, factor } = guarded(context, 0);
  const rest = one(model, "Mod", [a, safe]);
  return [factor ? one(model, "Mul", [rest, factor]) : rest];
};

function wholeQuotient(context: LowerContext): string {
  const { safe, factor } = guarded(context, -1);
  const quotient = one(context.model, "Div", [context.inputs[0], safe]);
  return factor ? one(context.model, "Mul", [quotient, factor]) : quotient;
}

/**
 * A divisor that cannot stop the process (the processor traps on n/0 and on the smallest number / −1): 1 stands for
 * 0 and −1, and `factor` (0 for 0, `minus` for −1) makes up for it. A constant divisor needs neither.
 */
function guarded(context: LowerContext, minus: number): { safe: string; factor?: string } {
  const { model, node, inputs } = context;
  const { attrs, inputs: from } = node.inputs[1].node;
  const b = inputs[1];
  if (from.length === 0 && "value" in attrs && ![0, -1].includes(Number(attrs.value))) return { safe: b };
  const { dtype } = node.outputs[0];
  // Not every integer dtype can be chosen from; 0 and 1 as numbers can be multiplied and added instead.
  const as = (condition: string): string => one(model, "Cast", [condition], { to: ELEMENT_TYPES[dtype] });
  const zero = as(one(model, "Equal", [b, number(model, 0, dtype)]));
  const keep = one(model, "Sub", [number(model, 1, dtype), zero]);
  const safe = one(model, "Add", [b, zero]);
  if (isUnsigned(dtype)) return { safe, factor: keep };
  const negative = as(one(model, "Equal", [b, number(model, -1, dtype)]));
  const twice = one(model, "Add", [negative, negative]);
  const loss = one(model, "Mul", [negative, number(model, 1 - minus, dtype)]);
  return { safe: one(model, "Add", [safe, twice]), factor: one(model, "Sub", [keep, loss]) };
}

/** From four bits on, the library knows the types: four bits are cut out of a byte, and signed ones extended. */
export const lowerCast: Lower = ({ model, node, inputs }) => {
  const [{ dtype }] = node.outputs;
  const bytes = one(model, "Cast", inputs, { to: ELEMENT_TYPES[dtype] });
  if (dtype !== "int4" && dtype !== "uint4") return [bytes];
  const low = one(model, "BitwiseAnd", [bytes, number(model, 15, dtype === "int4" ? "int8" : "uint8")]);
  if (dtype === "uint4") return [low];
  const eight = number(model, 8, "int8");
  return [one(model, "Sub", [one(model, "BitwiseXor", [low, eight]), eight])];
};

/** A choice; the library has none among truth values. */
export const lowerWhere: Lower = ({ model, node, inputs: [condition, a, b] }) => {
  if (node.outputs[0].dtype !== "bool") return model.node("Where", [condition, a, b]);
  const otherwise = one(model, "And", [one(model, "Not", [condition]), b]);
  return model.node("Or", [one(model, "And", [condition, a]), otherwise]);
};
