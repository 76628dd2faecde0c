// What every op has to fulfil, whether it is in the table or made in a notebook.
import assert from "node:assert/strict";
import {
  applyAll,
  capture,
  fromArray,
  fromNumbers,
  grad,
  isFloat,
  Random,
  ReferenceEngine,
  sizeOf,
  toNumbers,
  type AnyOp,
  type Tensor,
} from "gradlab";
import { doubles, near, simplified } from "../graph/values.js";
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

/** The gradient rule against central differences of the definition, for every sample. */
export async function gradientsAreSlopes(op: AnyOp): Promise<void> {
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

/** Σ w·y² over every output: curved even where the op is linear. */
const curvedScalarOf = (op: AnyOp, leaves: readonly Tensor[], attrs: OpSampleAttrs): Tensor =>
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

/** The gradient rule's own gradient, along a direction, against differences of the gradient, for the first sample. */
export async function secondDerivativesAreSlopes(op: AnyOp): Promise<void> {
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
    return grad(curvedScalarOf(op, leaves, sample.attrs), xs);
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
}
