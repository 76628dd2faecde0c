import { sizeOf } from "../../../tensor/index.js";
import { ELEMENT_TYPES, type OnnxModel } from "../model.js";
import { number } from "./elementwise.js";
import { type Lower, one, reshaped } from "./context.js";

/** 64-bit words: only between nodes, never at a program's boundary. */
const UINT64 = 13;

const wide = (model: OnnxModel, name: string): string => one(model, "Cast", [name], { to: UINT64 });
const narrow = (model: OnnxModel, name: string): string =>
  one(model, "Cast", [name], { to: ELEMENT_TYPES.uint32 });
const xor = (model: OnnxModel, a: string, b: string): string => one(model, "BitwiseXor", [a, b]);
const upper = (model: OnnxModel, product: string): string => {
  const half = wide(model, model.scalar(32, "int64"));
  return narrow(model, one(model, "BitShift", [product, half], { direction: "RIGHT" }));
};

export const lowerMulHigh: Lower = ({ model, inputs: [a, b] }) => [
  upper(model, one(model, "Mul", [wide(model, a), wide(model, b)])),
];

const ROUNDS = 10;
/** Philox's multipliers and the steps of its key. */
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85];

/**
 * All blocks at once. Words 0 and 2 of every block are the rows of `even`, words 1 and 3 those of `odd`: a round is one
 * product of two rows, swapped.
 */
export const lowerRandomBits: Lower = ({ model, node, inputs: [key, data] }) => {
  const [{ shape }] = node.outputs;
  const size = sizeOf(shape);
  // A size that varies and is no multiple of four: more blocks than needed, whose number follows from it.
  const blocks = model.isSymbolic(size) && size % 4 !== 0 ? size : Math.ceil(size / 4);
  const zeros = one(model, "Expand", [number(model, 0, "uint32"), model.ints([1, blocks])]);
  const row = (name: string): string => one(model, "Add", [zeros, name]);
  const count = [0, blocks, 1].map((value) => model.scalar(value, "int64"));
  const counter = row(narrow(model, one(model, "Range", count)));
  let even = one(model, "Concat", [counter, zeros], { axis: 0 });
  const use = row(number(model, Number(node.attrs.use), "uint32"));
  let odd = one(model, "Concat", [data ? row(data) : zeros, use], { axis: 0 });
  const multipliers = wide(model, pair(model, MULTIPLIERS));
  const keys = reshaped(model, key, [2, 1]);
  for (let round = 0; round < ROUNDS; round++) {
    const product = one(model, "Mul", [wide(model, even), multipliers]);
    const swapped = one(model, "Gather", [product, model.ints([1, 0])], { axis: 0 });
    const steps = pair(
      model,
      KEY_STEPS.map((step) => Math.imul(step, round) >>> 0),
    );
    even = xor(model, xor(model, upper(model, swapped), odd), one(model, "Add", [keys, steps]));
    odd = narrow(model, swapped);
  }
  const words = [even, odd].map((name) => reshaped(model, name, [2, blocks, 1]));
  const joined = one(model, "Concat", words, { axis: 2 });
  const ordered = one(model, "Transpose", [joined], { perm: [1, 0, 2] });
  if (size === 4 * blocks) return [reshaped(model, ordered, shape)];
  const flat = reshaped(model, ordered, [4 * blocks]);
  return [reshaped(model, one(model, "Slice", [flat, model.ints([0]), model.ints([size])]), shape)];
};

/** Two constants, one above the other. */
function pair(model: OnnxModel, values: readonly number[]): string {
  const data = Uint32Array.from(values);
  return model.initializer({ dtype: "uint32", shape: [2, 1], data }, `k_pair_${values.join("_")}`);
}
