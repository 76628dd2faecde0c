import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyAll,
  capture,
  fromArray,
  fromNumbers,
  grad,
  isFloat,
  OPS,
  Random,
  ReferenceEngine,
  sizeOf,
  STOP,
  toNumbers,
  type AnyOp,
  type Tensor,
} from "gradlab";
import { CONSTANT_INPUTS, leafOf, sampleValues, toDouble, type OpSample } from "./sample-inputs.js";

const engine = new ReferenceEngine();

async function compute(tensors: readonly Tensor[]): Promise<Float64Array[]> {
  // float64 leaves keep every digit that central differences need.
  const graph = capture(tensors);
  const results = await (await engine.compile(graph)).run(graph.inputs.map((input) => input.storage!));
  return results.map((storage) => toNumbers(storage.array!));
}

/** A scalar that depends on every element of the first output: Σ w·y with random w. */
function scalarOf(op: AnyOp, sample: OpSample, leaves: readonly Tensor[]): Tensor {
  const [y] = applyAll(op, leaves, sample.attrs);
  const random = new Random(11);
  const weights = Float64Array.from({ length: sizeOf(y.shape) }, () => random.uniform() - 0.5);
  return y.mul(fromArray(fromNumbers(weights, y.shape, y.dtype))).sum();
}

/** Whether a sample can be differentiated: floats in and out. */
const smooth = (op: AnyOp, { inputs, attrs }: OpSample): boolean =>
  inputs.some(({ dtype }) => isFloat(dtype)) && isFloat(op.shape(inputs, attrs)[0].dtype);

for (const op of Object.values(OPS) as unknown as AnyOp[]) {
  if ("nondifferentiable" in op.vjp) {
    test(`${op.name} says why it has no gradient`, () => {
      const { nondifferentiable } = op.vjp as { nondifferentiable: string };
      assert.ok(nondifferentiable === STOP || nondifferentiable.length > 10);
    });
    continue;
  }
  test(`the gradient of ${op.name} equals central differences`, async () => {
    for (const sample of op
      .samples()
      .filter((sample) => smooth(op, sample))
      .map(toDouble)) {
      const random = new Random(7);
      const values = sample.inputs.map((input) => sampleValues(input, random));
      const leaves = sample.inputs.map((input, i) => leafOf(input, values[i]));
      const floats = sample.inputs.map((input, i) => (isFloat(input.dtype) ? i : -1)).filter((i) => i >= 0);
      const wanted = floats.filter((i) => differentiable(op, i));
      const gradients = await compute(
        grad(
          scalarOf(op, sample, leaves),
          wanted.map((i) => leaves[i]),
        ),
      );
      for (const [k, i] of wanted.entries()) {
        for (let j = 0; j < values[i].length; j++) {
          const slope = await difference(op, sample, values, i, j);
          assert.ok(
            Math.abs(gradients[k][j] - slope) <= 1e-6 * Math.max(1, Math.abs(slope)),
            `${op.name} ${JSON.stringify(sample.attrs)}: d/d input ${i}[${j}] is ${slope}, the rule gives ${gradients[k][j]}`,
          );
        }
      }
    }
  });
}

const differentiable = (op: AnyOp, input: number): boolean => !CONSTANT_INPUTS[op.name]?.includes(input);

async function difference(
  op: AnyOp,
  sample: OpSample,
  values: readonly Float64Array[],
  i: number,
  j: number,
): Promise<number> {
  const h = 1e-5;
  const shifted = async (by: number): Promise<number> => {
    const moved = values.map((array, at) => (at === i ? array.map((x, e) => (e === j ? x + by : x)) : array));
    const leaves = sample.inputs.map((input, at) => leafOf(input, moved[at]));
    return (await compute([scalarOf(op, sample, leaves)]))[0][0];
  };
  return ((await shifted(h)) - (await shifted(-h))) / (2 * h);
}
