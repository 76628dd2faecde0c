import assert from "node:assert/strict";
import { test } from "node:test";
import { OPS, STOP, type AnyOp } from "gradlab";
import { gradientsAreSlopes, secondDerivativesAreSlopes } from "./property-suite.js";

for (const op of Object.values(OPS) as unknown as AnyOp[]) {
  if ("nondifferentiable" in op.vjp) {
    test(`${op.name} says why it has no gradient`, () => {
      const { nondifferentiable } = op.vjp as { nondifferentiable: string };
      assert.ok(nondifferentiable === STOP || nondifferentiable.length > 10);
    });
    continue;
  }
  test(`the gradient of ${op.name} equals central differences`, () => gradientsAreSlopes(op));

  // Every rule is made of ops, so every op that has a gradient has second derivatives.
  test(`the second derivatives of ${op.name} equal differences of its gradient`, () =>
    secondDerivativesAreSlopes(op));
}
