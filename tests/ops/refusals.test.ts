import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arange,
  clip,
  concat,
  dot,
  einsum,
  eye,
  full,
  linspace,
  maximum,
  minimum,
  oneHot,
  outer,
  scatterElementsAdd,
  stack,
  tensor,
  zeros,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const ints = (values: number[], shape = [values.length]): Tensor =>
  tensor(Int32Array.from(values), { shape });
const truth = full([2, 2], 1, "bool");
const x = zeros([2, 3]);

/** Code, what the message must name, and the mistake. */
const REFUSALS: Readonly<Record<string, readonly [string, RegExp, () => unknown]>> = {
  "an axis outside the rank": ["E_INDEX", /argMax: axis 2.*rank 2/, () => x.argMax({ axis: 2 })],
  "a cumulative sum of no axis": ["E_INDEX", /cumsum: axis -3/, () => x.cumsum({ axis: -3 })],
  "the largest of nothing": [
    "E_SHAPE",
    /max: nothing.*float32\[0, 2\]/,
    () => zeros([0, 2]).max({ axes: 0 }),
  ],
  "the smallest of nothing": ["E_SHAPE", /min: nothing/, () => zeros([2, 0]).min()],
  "the position of nothing": ["E_SHAPE", /argMin: nothing/, () => zeros([2, 0]).argMin({ axis: 1 })],
  "the variance of one element": [
    "E_SHAPE",
    /1 elements.*correction 1/,
    () => zeros([1]).variance({ correction: 1 }),
  ],
  "shapes that do not broadcast": ["E_SHAPE", /\[2, 3\] and \[2\]/, () => x.pow(zeros([2]))],
  "two dtypes": ["E_DTYPE", /lessEqual: float32 and int32/, () => x.lessEqual(ints([1, 2, 3]))],
  "a power of integers": [
    "E_DTYPE",
    /pow computes on floats, got int32\[2\][^]*cast/,
    () => ints([1, 2]).pow(2),
  ],
  "a sum of truth values": [
    "E_DTYPE",
    /add computes on floats or integers, got bool/,
    () => truth.add(truth),
  ],
  "logic of numbers": ["E_DTYPE", /logicalAnd computes on bool[^]*notEqual\(0\)/, () => x.logicalAnd(x)],
  "bits of floats": ["E_DTYPE", /bitXor computes on integers/, () => x.bitXor(x)],
  "a shift of signed integers": [
    "E_DTYPE",
    /shiftLeft computes on uint32 or uint8/,
    () => ints([1]).shiftLeft(1),
  ],
  "arithmetic on four bits": ["E_DTYPE", /int4\[2\]/, () => zeros([2], "int4").add(1)],
  "bounds the wrong way round": ["E_CONFIG", /min 1 is not below max -1/, () => clip(x, { min: 1, max: -1 })],
  "too many of an axis": ["E_INDEX", /no 4 of \[2, 3\] along axis 1/, () => x.topK(4)],
  "a backward step": ["E_INDEX", /step of -1[^]*flip/, () => x.slice(0, 3, 1, -1)],
  "a triangle of a vector": ["E_SHAPE", /tril: \[3\]/, () => zeros([3]).tril()],
  "float indices": [
    "E_DTYPE",
    /indices must be int32, got float32\[2, 1\]/,
    () => x.takeAlongAxis(zeros([2, 1])),
  ],
  "indices of another rank": ["E_SHAPE", /float32\[2, 3\].*int32\[2\]/, () => x.takeAlongAxis(ints([0, 1]))],
  "values that fit no index": [
    "E_SHAPE",
    /values float32\[2, 2\].*indices int32\[2, 1\]/,
    () => scatterElementsAdd(x, ints([0, 1], [2, 1]), zeros([2, 2])),
  ],
  "a long axis to squeeze": ["E_SHAPE", /axis 1 of float32\[2, 3\] has 3/, () => x.squeeze(1)],
  "a stack of two shapes": ["E_SHAPE", /float32\[2, 3\] and float32\[3\]/, () => stack([x, zeros([3])])],
  "a stack of nothing": ["E_SHAPE", /at least one/, () => stack([])],
  "tiles of one axis too many": ["E_SHAPE", /float32\[2, 3\].*\[1, 2, 3\]/, () => x.tile([1, 2, 3])],
  "no repetition": ["E_SHAPE", /repeated 0 times/, () => x.repeat(0)],
  "classes that are floats": ["E_DTYPE", /indices must be integers/, () => oneHot(zeros([2]), 3)],
  "a range of half an element": ["E_SHAPE", /1\.5/, () => arange(1.5)],
  "no points on a line": ["E_SHAPE", /linspace/, () => linspace(0, 1, 0)],
  "an inner product of matrices": ["E_SHAPE", /float32\[2, 3\]/, () => dot(x, x)],
  "an outer product of matrices": ["E_SHAPE", /float32\[2, 3\]/, () => outer(x, zeros([2]))],
  "batches that do not broadcast": [
    "E_SHAPE",
    /float32\[2, 3, 4\] with float32\[3, 4, 5\] \(the batch axes/,
    () => zeros([2, 3, 4]).matmul(zeros([3, 4, 5])),
  ],
  "an equation with too few terms": [
    "E_SHAPE",
    /einsum "ij->i": it has 1 terms for 2[^]*float32\[2, 3\]/,
    () => einsum("ij->i", x, x),
  ],
  "an equation with too few letters": [
    "E_SHAPE",
    /"i" names 1 axes of an operand with 2/,
    () => einsum("i->i", x),
  ],
  "an equation with two sizes of one letter": ["E_SHAPE", /axis i is 2 and 3 long/, () => einsum("ii", x)],
  "an equation that invents an axis": ["E_SHAPE", /no operand has the axis k/, () => einsum("ij->ik", x)],
  "an equation that repeats itself": ["E_SHAPE", /twice in the result/, () => einsum("ij->ii", x)],
  "an equation of digits": ["E_SHAPE", /not made of letters/, () => einsum("i1->i", x)],
};

for (const [name, [code, text, mistake]] of Object.entries(REFUSALS)) {
  test(`${name}: refused in the user's words, with a hint`, async () => {
    const error = await refused(code, mistake);
    assert.match(error.message, text);
    assert.ok(error.hint.length > 10);
  });
}

test("an index outside its axis is refused at run time on every engine", async () => {
  for (const [index, axis] of [
    [[5], 0],
    [[-1], 0],
  ] as const) {
    const wide = zeros([3000]);
    const small = zeros([3]);
    for (const from of [small, wide]) {
      const at = index[0] === 5 ? from.shape[0] : index[0];
      await refused("E_INDEX", () => from.takeAlongAxis(ints([at]), axis).data());
      const matrix = from.reshape([1, from.shape[0]]);
      await refused("E_INDEX", () => matrix.indexSelect(ints([at]), 1).data());
    }
  }
});

test("NaN passes through maximum and minimum", async () => {
  const wide = concat([tensor([NaN]), zeros([3000])]);
  for (const y of [maximum(wide, 1), minimum(wide, -1), tensor([NaN]).maximum(1)]) {
    assert.ok(Number.isNaN(Number((await y.data())[0])));
  }
});

test("an identity with more columns and a diagonal above", async () => {
  assert.deepEqual([...(await eye(2, 4, 1).data())], [0, 1, 0, 0, 0, 0, 1, 0]);
});
