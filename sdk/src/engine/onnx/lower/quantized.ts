import { fromNumbers, sizeOf } from "../../../tensor/index.js";
import { CONTRIB, type OnnxModel } from "../model.js";
import { type Lower, type LowerContext, keepLead, one } from "./context.js";

export const lowerQuantMatmul: Lower = ({ model, node, inputs }) => {
  const { bits, block, accuracyLevel } = node.attrs as Record<string, number>;
  const [x] = node.inputs;
  return model.node("MatMulNBits", inputs, {
    attributes: {
      K: x.shape[x.shape.length - 1],
      N: node.inputs[1].shape[0],
      bits,
      block_size: block,
      accuracy_level: accuracyLevel,
    },
    domain: CONTRIB,
  });
};

export const lowerDequantize: Lower = (context) => {
  const {
    model,
    node,
    inputs: [packed, scales],
  } = context;
  const { bits, block, columns } = node.attrs as Record<string, number>;
  const axis = node.inputs[0].shape.length - 2;
  const [blocks, bytes] = node.inputs[0].shape.slice(axis);
  const q =
    bits === 8
      ? keepLead(model, packed, axis, [blocks * block])
      : nibbles(model, packed, axis, blocks * bytes);
  const w = one(model, "DequantizeLinear", [q, scales, zeroPoints(context)], { axis, block_size: block });
  if (columns === blocks * block) return [w];
  return [one(model, "Slice", [w, model.ints([0]), model.ints([columns]), model.ints([axis])])];
};

/** The middle of the range for each block: written out for the GPU, which cannot expand bytes. */
function zeroPoints({ model, node, inputs: [, scales], device }: LowerContext): string {
  const middle = 2 ** (Number(node.attrs.bits) - 1);
  if (device !== "webgpu") {
    const zero = model.initializer(fromNumbers([middle], [], "uint8"), `k_zero_${middle}`);
    return one(model, "Expand", [zero, one(model, "Shape", [scales])]);
  }
  const { shape } = node.inputs[1];
  const data = new Uint8Array(sizeOf(shape)).fill(middle);
  return model.initializer({ dtype: "uint8", shape, data }, `k_zeros_${middle}_${shape.join("_")}`);
}

/** Bytes […, C] to their low and high halves […, 2C], low first. */
function nibbles(model: OnnxModel, packed: string, lead: number, columns: number): string {
  const bytes = keepLead(model, packed, lead, [columns, 1]);
  const constant = (value: number): string =>
    model.initializer(fromNumbers([value], [], "uint8"), `k_uint8_${value}`);
  const low = one(model, "BitwiseAnd", [bytes, constant(15)]);
  const high = one(model, "BitShift", [bytes, constant(4)], { direction: "RIGHT" });
  return keepLead(model, one(model, "Concat", [low, high], { axis: lead + 1 }), lead, [2 * columns]);
}
