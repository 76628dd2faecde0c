import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cholesky,
  det,
  eigh,
  fromArray,
  fromNumbers,
  grad,
  inverse,
  lstsq,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  toNumbers,
  triangularSolve,
  type Tensor,
} from "gradlab";
import { assertClose, readGolden, type GoldenTensor } from "../../nn/golden.js";

type Decomposition = (a: Tensor) => Readonly<Record<string, Tensor>>;
type Solution = (a: Tensor, b: Tensor, options: object) => Tensor;

const DECOMPOSITIONS: Readonly<Record<string, Decomposition>> = { eigh, qr, svd };
const SOLUTIONS: Readonly<Record<string, Solution>> = {
  cholesky,
  det,
  inverse,
  lstsq,
  pinv: (a, _, options) => pinv(a, options),
  slogdet: (a) => slogdet(a).logAbs,
  solve,
  triangularSolve,
};

/** The inputs are float32 numbers, written with three decimals. */
const double = ({ shape, data }: GoldenTensor): Tensor =>
  fromArray(fromNumbers(data.map(Math.fround), shape, "float64"));

for (const [name, { inputs, outputs, grads, attrs = {} }] of Object.entries(readGolden("linalg.json"))) {
  test(`${name}: values and gradients equal LAPACK's`, async () => {
    const { f, part, ...options } = attrs as unknown as { f: string; part?: string };
    const leaves = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, double(value)]));
    const y = part ? DECOMPOSITIONS[f](leaves.a)[part] : SOLUTIONS[f](leaves.a, leaves.b, options);
    const wanted = Object.keys(grads);
    const gradients = grad(
      y.mul(leaves.cotangent).sum(),
      wanted.map((key) => leaves[key]),
    );
    const values = async (t: Tensor): Promise<Float64Array> => toNumbers(await t.array());
    assert.equal(y.dtype, "float64");
    // The golden numbers have nine digits; small differences of them have fewer.
    assertClose(name, await values(y), outputs.y.data, 5e-9);
    for (const [i, key] of wanted.entries())
      assertClose(`${name} d/d${key}`, await values(gradients[i]), grads[key].data, 1e-8);
  });
}
