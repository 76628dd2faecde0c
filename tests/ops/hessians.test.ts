import assert from "node:assert/strict";
import { test } from "node:test";
import { applyAll, grad, isFloat, OPS, Random, type AnyOp, type Tensor } from "gradlab";
import { doubles, near, simplified } from "../graph/values.js";
import { CONSTANT_INPUTS, leafOf, sampleValues, toDouble } from "./sample-inputs.js";

/** Σ w·y² over every output: curved even where the op is linear. */
const scalarOf = (op: AnyOp, leaves: readonly Tensor[], attrs: OpSampleAttrs): Tensor =>
  applyAll(op, leaves, attrs)
    .filter((y) => isFloat(y.dtype))
    .map((y, i) =>
      y
        .mul(y)
        .mul(doubles(y.shape, 50 + i))
        .sum(),
    )
    .reduce((total, part) => total.add(part));

type OpSampleAttrs = ReturnType<AnyOp["samples"]>[number]["attrs"];

// Every rule is made of ops, so every op that has a gradient has second derivatives: here, along a direction.
for (const op of Object.values(OPS) as unknown as AnyOp[]) {
  if ("nondifferentiable" in op.vjp) continue;
  test(`the second derivatives of ${op.name} equal differences of its gradient`, async () => {
    const sample = toDouble(op.samples()[0]);
    const random = new Random(7);
    const values = sample.inputs.map((input) => sampleValues(input, random));
    const active = sample.inputs.flatMap((input, i) =>
      isFloat(input.dtype) && !CONSTANT_INPUTS[op.name]?.includes(i) ? [i] : [],
    );
    const directions = values.map((array) => array.map(() => random.uniform() - 0.5));
    const leavesAt = (by: number): Tensor[] =>
      sample.inputs.map((input, i) => {
        const moved = active.includes(i) ? values[i].map((x, j) => x + by * directions[i][j]) : values[i];
        return leafOf(input, moved);
      });
    const gradients = (leaves: readonly Tensor[]): Tensor[] => {
      const xs = active.map((i) => leaves[i]);
      return grad(scalarOf(op, leaves, sample.attrs), xs);
    };
    const here = leavesAt(0);
    const along = gradients(here)
      .map((g, k) => g.mul(leafOf(sample.inputs[active[k]], directions[active[k]])).sum())
      .reduce((total, part) => total.add(part));
    const products = await simplified(
      grad(
        along,
        active.map((i) => here[i]),
      ),
    );
    const h = 1e-5;
    const [up, down] = [await simplified(gradients(leavesAt(h))), await simplified(gradients(leavesAt(-h)))];
    products.forEach((product, k) => {
      const slopes = up[k].map((value, j) => (value - down[k][j]) / (2 * h));
      near(`${op.name}, input ${active[k]}`, product, slopes, 1e-5);
    });
    assert.ok(products.length > 0);
  });
}
