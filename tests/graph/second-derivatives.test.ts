import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyAll,
  attention,
  averagePool1d,
  conv1d,
  convTranspose1d,
  crossEntropy,
  dropout,
  einsum,
  fromArray,
  fromNumbers,
  gelu,
  grad,
  ids,
  isFloat,
  layerNorm,
  matmul,
  maxPool1d,
  OPS,
  Random,
  randomKey,
  rmsNorm,
  silu,
  softmax,
  tensor,
  toNumbers,
  transpose,
  type AnyOp,
  type Tensor,
} from "gradlab";
import { leafOf, sampleValues } from "../ops/sample-inputs.js";
import { doubles, near, simplified } from "./values.js";

type Build = (x: Tensor) => Tensor;

const shifted = (x: Float64Array, v: Float64Array, by: number): Float64Array =>
  x.map((value, i) => value + by * v[i]);

/** The Hessian times v by reverse mode twice, and by central differences of the gradient along v. */
async function bothWays(build: Build, x: Tensor, v: Tensor): Promise<[Float64Array, Float64Array]> {
  const gradient = (at: Tensor): Tensor => grad(build(at), [at])[0];
  const [twice] = await simplified([grad(gradient(x).mul(v).sum(), [x])[0]]);
  const [values, direction] = await Promise.all([x, v].map(async (t) => toNumbers(await t.array())));
  const h = 1e-5;
  const at = async (by: number): Promise<Float64Array> =>
    (
      await simplified([gradient(fromArray(fromNumbers(shifted(values, direction, by), x.shape, x.dtype)))])
    )[0];
  const [up, down] = [await at(h), await at(-h)];
  return [twice, up.map((value, i) => (value - down[i]) / (2 * h))];
}

const targets = tensor([2, 0], { dtype: "int32" });
const weigh = (y: Tensor): Tensor => y.mul(doubles(y.shape, 21)).sum();
const [gain, bias] = [doubles([4], 22), doubles([4], 23)];
const other = doubles([4, 4], 24);

const FUNCTIONS: Readonly<Record<string, readonly [Build, readonly number[]]>> = {
  "a cubic": [(x) => x.mul(x).mul(x).sum(), [3]],
  "cross-entropy": [(x) => crossEntropy(x, targets), [2, 4]],
  "softmax of a product": [(x) => weigh(softmax(matmul(x, other))), [2, 4]],
  "layer norm": [(x) => weigh(layerNorm(x, gain, bias)), [2, 4]],
  "rms norm": [(x) => weigh(rmsNorm(x, gain)), [2, 4]],
  gelu: [(x) => weigh(gelu(x)), [2, 4]],
  "gelu by tanh": [(x) => weigh(gelu(x, { approximate: "tanh" })), [2, 4]],
  silu: [(x) => weigh(silu(x)), [2, 4]],
  "attention to itself": [(x) => weigh(attention(x, x.mul(0.5).sin(), x.exp())), [1, 3, 2, 2]],
  "grouped attention, not causal": [
    (x) => weigh(attention(x, doubles([1, 3, 1, 2], 25), doubles([1, 3, 1, 2], 26), { causal: false })),
    [1, 2, 2, 2],
  ],
  "a convolution of both its inputs": [(x) => weigh(conv1d(x, x.exp().slice(0, 3, 2))), [1, 2, 4]],
  "a transposed convolution": [
    (x) => weigh(convTranspose1d(x, transpose(x.sin().slice(0, 2, 2), [1, 0, 2]), { stride: 2 })),
    [1, 2, 4],
  ],
  "pooled squares": [(x) => weigh(maxPool1d(averagePool1d(x.mul(x), 2, { stride: 1 }), 2)), [1, 2, 5]],
  "powers, logarithms and exponentials": [
    (x) => weigh(x.square().add(1).pow(1.7).add(x.exp().log1p()).add(x.expm1())),
    [2, 3],
  ],
  "softplus, elu and tan": [(x) => weigh(x.softplus().add(x.elu()).add(x.tan()).add(x.atan())), [2, 3]],
  "log-sum-exp, norm, standard deviation and product": [
    (x) =>
      x
        .logSumExp({ axes: 1 })
        .add(x.norm({ axes: 1 }))
        .add(x.std({ axes: 1 }))
        .add(x.prod({ axes: 1 }))
        .square()
        .sum(),
    [2, 3],
  ],
  "sums that run, sorted and chosen": [
    (x) => x.exp().cumsum({ reverse: true }).sort().square().sum().add(x.sin().topK(2).values.prod()),
    [2, 3],
  ],
  "elements taken along an axis": [
    (x) =>
      weigh(
        x
          .exp()
          .takeAlongAxis(ids([[0, 2, 2]]))
          .mul(x),
      ),
    [2, 3],
  ],
  "movement and triangles": [
    (x) => weigh(x.square().flip().roll(1).tile([1, 2]).slice(0, 6, 1, 2).mul(x.exp().triu())),
    [2, 3],
  ],
  "an einsum of three": [(x) => weigh(einsum("ij,kj,kl->il", x.sin(), x, x.exp())), [2, 3]],
  "a matrix product with broadcast batches": [
    (x) => weigh(x.reshape([2, 1, 3, 1]).matmul(x.exp().reshape([2, 1, 3]))),
    [2, 3],
  ],
  dropout: [(x) => weigh(dropout(x.exp(), 0.4, randomKey(5)).mul(x)), [2, 4]],
  "a small network": [
    (x) => crossEntropy(matmul(rmsNorm(silu(matmul(x, other)), gain), other), targets),
    [2, 4],
  ],
};

for (const [name, [build, shape]] of Object.entries(FUNCTIONS)) {
  test(`a Hessian-vector product of ${name} equals differences of its gradient`, async () => {
    const [twice, differences] = await bothWays(build, doubles(shape, 31), doubles(shape, 32));
    assert.ok(
      differences.some((value) => Math.abs(value) > 1e-3),
      "the function is flat: nothing was tested",
    );
    near(name, twice, differences, 1e-7);
  });
}

test("a third derivative: d³/dx³ of x⁴ is 24x", async () => {
  const x = doubles([3], 40);
  const fourth = x.mul(x).mul(x).mul(x).sum();
  const third = [1, 2, 3].reduce((y) => grad(y, [x])[0].sum(), fourth);
  const [got] = await simplified([third]);
  near("third", got, [toNumbers(await x.array()).reduce((total, value) => total + 24 * value, 0)], 1e-12);
});

/** Inputs documented as constants. */
const CONSTANT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  rope: [2, 3],
  quantMatmul: [2],
  quantGather: [2],
};

// Second derivatives run through every output of an op: probabilities, means and inverse deviations too.
for (const op of (Object.values(OPS) as unknown as AnyOp[]).filter((op) => typeof op.vjp === "function")) {
  const [first] = op.samples();
  if (
    !first ||
    applyAll(
      op,
      first.inputs.map((input) => leafOf(input, sampleValues(input, new Random(7)))),
      first.attrs,
    ).length < 2
  )
    continue;
  test(`${op.name}: gradients of every output equal central differences`, async () => {
    const inputs = first.inputs.map((input) =>
      isFloat(input.dtype) ? { ...input, dtype: "float64" as const } : input,
    );
    const random = new Random(7);
    const values = inputs.map((input) => sampleValues(input, random));
    const scalar = (leaves: Tensor[], output: number): Tensor =>
      weigh(applyAll(op, leaves, first.attrs)[output]);
    const leaves = (changed: readonly Float64Array[]): Tensor[] =>
      inputs.map((input, i) => leafOf(input, changed[i]));
    const active = inputs
      .map((_, i) => i)
      .filter((i) => isFloat(inputs[i].dtype) && !CONSTANT_INPUTS[op.name]?.includes(i));
    const outputs = applyAll(op, leaves(values), first.attrs);
    for (let output = 0; output < outputs.length; output++) {
      if (!isFloat(outputs[output].dtype)) continue;
      const here = leaves(values);
      if (!isFloat(applyAll(op, here, first.attrs)[output].dtype)) continue;
      const got = await simplified(
        grad(
          scalar(here, output),
          active.map((i) => here[i]),
        ),
      );
      for (const [k, i] of active.entries()) {
        const direction = Float64Array.from(values[i], () => random.uniform() - 0.5);
        const along = async (by: number): Promise<number> => {
          const moved = values.map((array, at) => (at === i ? shifted(array, direction, by) : array));
          return (await simplified([scalar(leaves(moved), output)]))[0][0];
        };
        const slope = ((await along(1e-5)) - (await along(-1e-5))) / 2e-5;
        const projected = got[k].reduce((total, g, j) => total + g * direction[j], 0);
        near(`${op.name} output ${output}, input ${i}`, [projected], [slope], 1e-6);
      }
    }
  });
}
