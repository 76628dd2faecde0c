import assert from "node:assert/strict";
import { test } from "node:test";
import {
  einsum,
  eye,
  grad,
  linspace,
  oneHot,
  scatterElementsAdd,
  stack,
  tensor,
  unstack,
  type Tensor,
} from "gradlab";
import { computeOn, ENGINES, readGolden, type GoldenCase, type GoldenTensor } from "../nn/golden.js";

type Form = (...inputs: Tensor[]) => Tensor;

/** gradlab's form of each case, of its inputs in order. */
const FORMS: Readonly<Record<string, Form>> = {
  relu: (x) => x.relu(),
  softplus: (x) => x.softplus(),
  logSigmoid: (x) => x.logSigmoid(),
  tan: (x) => x.tan(),
  atan: (x) => x.atan(),
  expm1: (x) => x.expm1(),
  square: (x) => x.square(),
  floor: (x) => x.floor(),
  ceil: (x) => x.ceil(),
  round: (x) => x.round(),
  leakyRelu: (x) => x.leakyRelu({ alpha: 0.1 }),
  elu: (x) => x.elu({ alpha: 1.5 }),
  reluSquared: (x) => x.relu().square(),
  clip: (x) => x.clip({ min: -1, max: 0.5 }),
  clipBelow: (x) => x.clip({ min: 0.25 }),
  log1p: (x) => x.log1p(),
  log2: (x) => x.log2(),
  rsqrt: (x) => x.rsqrt(),
  reciprocal: (x) => x.reciprocal(),
  log1p_small: (x) => x.log1p(),
  expm1_small: (x) => x.expm1(),
  relu_odd: (x) => x.relu(),
  log1p_odd: (x) => x.log1p(),
  expm1_odd: (x) => x.expm1(),
  isNaN: (x) => x.isNaN(),
  isFinite: (x) => x.isFinite(),
  square_odd: (x) => x.square(),
  abs_odd: (x) => x.abs(),
  floor_odd: (x) => x.floor(),
  clip_odd: (x) => x.clip({ min: -1, max: 1 }),
  softplus_far: (x) => x.softplus(),
  logSigmoid_far: (x) => x.logSigmoid(),
  round_halves: (x) => x.round(),
  clip_edges: (x) => x.clip({ min: -1, max: 1 }),
  pow: (a, b) => a.pow(b),
  pow_cube: (x) => x.pow(3),
  pow_zero_base: (a, b) => a.pow(b),
  pow_no_exponent: (x) => x.pow(0),
  remainder: (a, b) => a.remainder(b),
  less: (a, b) => a.less(b),
  lessEqual: (a, b) => a.lessEqual(b),
  greater: (a, b) => a.greater(b),
  greaterEqual: (a, b) => a.greaterEqual(b),
  equal: (a, b) => a.equal(b),
  notEqual: (a, b) => a.notEqual(b),
  divInteger: (i, j) => i.div(j),
  remainderInteger: (i, j) => i.remainder(j),
  min: (x) => x.min({ axes: 1 }),
  minAll: (x) => x.min(),
  maxKept: (x) => x.max({ axes: [0, -1], keepDims: true }),
  prod: (x) => x.prod({ axes: -1 }),
  logSumExp: (x) => x.logSumExp({ axes: [1, 2] }),
  logSumExpKept: (x) => x.logSumExp({ axes: 1, keepDims: true }),
  cumsum: (x) => x.cumsum({ axis: 1 }),
  cumsumReverse: (x) => x.cumsum({ reverse: true }),
  cumsumExclusive: (x) => x.cumsum({ axis: 0, exclusive: true }),
  variance: (x) => x.variance({ axes: 1 }),
  varianceUnbiased: (x) => x.variance({ axes: [0, 2], correction: 1, keepDims: true }),
  std: (x) => x.std({ axes: -1 }),
  norm: (x) => x.norm({ axes: 1 }),
  normOne: (x) => x.norm({ p: 1, axes: 1 }),
  normMost: (x) => x.norm({ p: Infinity, axes: 2 }),
  normThree: (x) => x.norm({ p: 3, axes: 2 }),
  max_ties: (x) => x.max({ axes: 1 }),
  min_ties: (x) => x.min({ axes: 1 }),
  max_NaN: (x) => x.max({ axes: 1 }),
  min_NaN: (x) => x.min({ axes: 1 }),
  prod_zeros: (x) => x.prod({ axes: 1 }),
  logSumExp_far: (x) => x.logSumExp({ axes: 1 }),
  logSumExp_infinite: (x) => x.logSumExp({ axes: 1 }),
  norm_zero: (x) => x.norm({ axes: 1 }),
  argMax: (x) => x.argMax({ axis: -1 }),
  argMin: (x) => x.argMin({ axis: 1 }),
  argMaxAll: (x) => x.argMax(),
  any: (x) => x.greater(1).any({ axes: 1 }),
  all: (x) => x.greater(-1.5).all({ axes: -1 }),
  stack: (x, y) => stack([x, y], -1),
  unstack: (x, y) => unstack(x, 1)[2].mul(unstack(y, -2)[0]),
  squeeze: (x) => x.slice(0, 1, 1).squeeze(1),
  unsqueeze: (x) => x.unsqueeze(-2),
  flatten: (x) => x.flatten(1),
  swapAxes: (x) => x.swapAxes(0, -1),
  broadcastTo: (x) => x.broadcastTo([2, 2, 3, 4]),
  flip: (x) => x.flip([0, -1]),
  tril: (x) => x.tril(-1),
  triu: (x) => x.triu(1),
  tile: (x) => x.tile([2, 1, 3]),
  repeat: (x) => x.repeat(3, 1),
  roll: (x) => x.roll(3),
  rollBack: (x) => x.roll(-1, 1),
  sliceStep: (x) => x.slice(1, 4, -1, 2),
  sliceNegative: (x) => x.slice(-2, -1, 1),
  takeAlongAxis: (x, index) => x.takeAlongAxis(index, 1),
  takeAlongAxisBroadcast: (x, index) => x.takeAlongAxis(index),
  scatterElementsAdd: (x, index, v) => scatterElementsAdd(x, index, v, -2),
  indexSelect: (x, index) => x.indexSelect(index, -1),
  indexSelectRows: (x, index) => x.indexSelect(index),
  oneHot: (index) => oneHot(index, 4),
  eye: () => eye(3, 4),
  linspace: () => linspace(-1, 2, 7),
  sort: (x) => x.sort({ axis: 1 }),
  sortDescending: (x) => x.sort({ descending: true }),
  argSort: (x) => x.argSort({ axis: 1 }),
  argSort_ties: (x) => x.argSort(),
  topK: (x) => x.topK(2, { axis: 1 }).values,
  topKSmallest: (x) => x.topK(3, { axis: -2, largest: false }).values,
  topKIndices: (x) => x.topK(2, { axis: 1 }).indices,
  dot: (a, b) => a.dot(b),
  outer: (a, b) => a.outer(b),
  matmulBroadcast: (a, b) => a.matmul(b),
  matmulLeftShared: (a, b) => a.matmul(b),
  matmulBoth: (a, b) => a.matmul(b),
};

const formOf = (name: string): Form =>
  name.startsWith("einsum ") ? (...inputs) => einsum(name.slice(7), ...inputs) : FORMS[name];

const INTEGERS: ReadonlySet<string> = new Set(["index", "i", "j"]);

const numbers = ({ data }: GoldenTensor): number[] => data.map(Number);

const leafOf = (name: string, golden: GoldenTensor): Tensor =>
  INTEGERS.has(name)
    ? tensor(Int32Array.from(golden.data), { shape: golden.shape })
    : tensor(Float32Array.from(numbers(golden)), { shape: golden.shape });

/** The case's value, and the gradients of Σ value · cotangent. */
function build(name: string, { inputs, grads }: GoldenCase): Tensor[] {
  const leaves = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, leafOf(key, value)]));
  const { cotangent, ...operands } = leaves;
  const y = formOf(name)(...Object.values(operands));
  const wanted = Object.keys(grads).map((key) => leaves[key]);
  return wanted.length === 0 ? [y] : [y, ...grad(y.mul(cotangent).sum(), wanted)];
}

function assertEqual(what: string, got: Float64Array, golden: GoldenTensor, tolerance: number): void {
  const want = numbers(golden);
  assert.equal(got.length, want.length, `${what} has ${got.length} values, not ${want.length}`);
  const size = want.filter(Number.isFinite).reduce((top, value) => Math.max(top, Math.abs(value)), 1);
  want.forEach((value, i) => {
    const near = Number.isFinite(value)
      ? Math.abs(got[i] - value) <= tolerance * size
      : Object.is(got[i], value);
    assert.ok(near, `${what}[${i}] is ${got[i]}, PyTorch gives ${value}`);
  });
}

const golden = readGolden("ops.json");

for (const [name, each] of Object.entries(golden)) {
  test(`${name}: value and gradients equal PyTorch's on every engine`, async () => {
    assert.ok(formOf(name), `no gradlab form of the golden case ${name}`);
    const tensors = build(name, each);
    assert.deepEqual(tensors[0].shape, each.outputs.y.shape, name);
    for (const { title, engine, tolerance } of ENGINES) {
      const [y, ...slopes] = await computeOn(engine, tensors);
      assertEqual(`${name} on ${title}`, y, each.outputs.y, tolerance);
      Object.entries(each.grads).forEach(([key, slope], i) =>
        assertEqual(`${name} on ${title}, d/d${key}`, slopes[i], slope, tolerance),
      );
    }
  });
}

test("every form has a golden case", () => {
  assert.deepEqual(
    Object.keys(FORMS).filter((name) => !golden[name]),
    [],
  );
});

test("ln(1 + x) and eˣ − 1 keep their digits for small x on every engine", async () => {
  const x = tensor([1e-7, -3e-6, 2e-5]);
  for (const { title, engine } of ENGINES) {
    const [log, exp] = await computeOn(engine, [x.log1p(), x.expm1()]);
    const close = (got: number, want: number): boolean => Math.abs(got / want - 1) < 5e-7;
    const values = [1e-7, -3e-6, 2e-5].map(Math.fround);
    values.forEach((value, i) => {
      assert.ok(close(log[i], Math.log1p(value)), `${title}: log1p(${value}) is ${log[i]}`);
      assert.ok(close(exp[i], Math.expm1(value)), `${title}: expm1(${value}) is ${exp[i]}`);
    });
  }
});
