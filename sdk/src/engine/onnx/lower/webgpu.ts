import type { OpName } from "../../../ops/index.js";
import { ELEMENT_TYPES } from "../model.js";
import { direct, keepLead, one, type Lower } from "./context.js";
import { lowerConvInput } from "./convolution.js";
import { lowerMaxPool } from "./pooling.js";
import { lowerDequantize } from "./quantized.js";

/** The library's inverse deviation (the operator's second output) is garbage on this device, so it is computed. */
const lowerRmsNorm: Lower = ({ model, node, inputs: [x, scale], used }) => {
  const epsilon = Number(node.attrs.eps);
  const [y] = model.node("SimplifiedLayerNormalization", [x, scale], {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  });
  if (!used(1)) return [y, ""];
  const square = one(model, "ReduceMean", [one(model, "Mul", [x, x]), model.ints([-1])], { keepdims: 1 });
  const root = one(model, "Sqrt", [one(model, "Add", [square, model.scalar(epsilon)])]);
  return [y, one(model, "Reciprocal", [root])];
};

/** The library's sums the exponentials as they are, which overflow beyond 88, so they are shifted by the maximum. */
const lowerLogSumExp: Lower = ({ model, node, inputs: [x] }) => {
  const axes = model.ints(node.attrs.axes as readonly number[]);
  const top = one(model, "ReduceMax", [x, axes], { keepdims: 1 });
  const total = one(model, "ReduceSum", [one(model, "Exp", [one(model, "Sub", [x, top])]), axes], {
    keepdims: 1,
  });
  const y = one(model, "Add", [top, one(model, "Log", [total])]);
  return [node.attrs.keepDims ? y : one(model, "Squeeze", [y, axes])];
};

/** As on the CPU, but sizes are read from shapes: Size would copy the whole value to the host. */
const lowerAfter: Lower = ({ model, inputs: [x, ...tokens] }) => {
  const shapeOf = (name: string): string => one(model, "Shape", [name]);
  const lengths = tokens.map((token) => one(model, "ReduceSum", [shapeOf(token)], { keepdims: 0 }));
  const total = lengths.reduce((sum, length) => one(model, "Add", [sum, length]));
  const zero = one(model, "Mul", [total, model.scalar(0, "int64")]);
  return [one(model, "Reshape", [x, one(model, "Add", [shapeOf(x), zero])])];
};

/** (x > 0) − (x < 0): the provider has no Sign. */
const lowerSign: Lower = ({ model, node, inputs: [x] }) => {
  const { dtype } = node.outputs[0];
  if (dtype !== "float32") return model.node("Sign", [x]);
  const zero = model.scalar(0);
  const side = (type: string): string =>
    one(model, "Cast", [one(model, type, [x, zero])], { to: ELEMENT_TYPES[dtype] });
  return [one(model, "Sub", [side("Greater"), side("Less")])];
};

/** Four-bit weights are taken apart as floats: the provider has no operators on bits of bytes. */
const lowerFourBits: Lower = (context) => {
  const { model, node, inputs } = context;
  const { bits, block, columns } = node.attrs as Record<string, number>;
  if (bits !== 4) return lowerDequantize(context);
  const lead = node.inputs[0].shape.length - 2;
  const [blocks, bytes] = node.inputs[0].shape.slice(lead);
  const flat = keepLead(model, inputs[0], lead, [blocks * bytes, 1]);
  const pair = one(model, "DequantizeLinear", [flat, model.scalar(1)]);
  const high = one(model, "Floor", [one(model, "Mul", [pair, model.scalar(1 / 16)])]);
  const low = one(model, "Sub", [pair, one(model, "Mul", [high, model.scalar(16)])]);
  const q = keepLead(model, one(model, "Concat", [low, high], { axis: lead + 1 }), lead, [blocks, block]);
  const scales = keepLead(model, inputs[1], lead, [blocks, 1]);
  const scaled = one(model, "Mul", [one(model, "Sub", [q, model.scalar(8)]), scales]);
  const w = keepLead(model, scaled, lead, [blocks * block]);
  if (columns === blocks * block) return [w];
  return [one(model, "Slice", [w, model.ints([0]), model.ints([columns]), model.ints([lead])])];
};

/** A rule whose nodes are left to the CPU. */
const onCpu =
  (lower: Lower): Lower =>
  (context) =>
    context.model.leftToCpu(() => lower(context));

/** The provider transposes convolutions over one and two axes only. */
const lowerConvInputHere: Lower = (context) =>
  (context.node.outputs[0].shape.length > 4 ? onCpu(lowerConvInput) : lowerConvInput)(context);

/** Rows that differ from the CPU's: operators the GPU lacks, computes wrongly, or hands back to the CPU. */
export const WEBGPU_LOWERINGS: Readonly<Partial<Record<OpName, Lower>>> = {
  after: lowerAfter,
  convInput: lowerConvInputHere,
  // What WGSL promises of an angle's functions, 2⁻¹¹, is too coarse.
  cos: onCpu(direct("Cos")),
  dequantize: lowerFourBits,
  logSumExp: lowerLogSumExp,
  // Its positions are not there.
  maxPool: onCpu(lowerMaxPool),
  rmsNorm: lowerRmsNorm,
  sign: lowerSign,
  sin: onCpu(direct("Sin")),
  tan: onCpu(direct("Tan")),
};
