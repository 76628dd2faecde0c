import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  globalNorm,
  learningRateAt,
  toNumbers,
  Variable,
  type ScheduleName,
  type Tensor,
} from "gradlab";
import { assertClose, computeOn, ENGINES, floats, leaf, readGolden, type GoldenCase } from "../nn/golden.js";

const golden = readGolden("optim.json");

interface AdamAttrs {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

for (const name of ["adamw", "adamw_no_decay"]) {
  test(`${name}: five updates equal torch.optim.AdamW's`, async () => {
    const { inputs, outputs, attrs } = golden[name];
    const { lr, beta1, beta2, eps, weightDecay } = attrs as unknown as AdamAttrs;
    const parameters = ["a", "b"].map((key) => new Variable(floats(inputs[key]), key));
    const optimizer = new AdamW(parameters, {
      learningRate: lr,
      betas: [beta1, beta2],
      eps,
      weightDecay,
      decays: () => true,
    });
    for (let step = 1; step <= 5; step++) {
      await optimizer.update(parameters.map(({ name: key }) => leaf(inputs[`${key}_grad_${step}`])));
      for (const parameter of parameters) {
        const got = toNumbers(await parameter.array());
        assertClose(
          `${parameter.name} after step ${step}`,
          got,
          outputs[`${parameter.name}_after_${step}`].data,
          1e-6,
        );
      }
    }
    assert.equal(optimizer.step, 5);
  });
}

test("by default only parameters with two or more axes decay", async () => {
  const { inputs } = golden.adamw;
  const zero = ["a", "b"].map((key) => leaf({ ...inputs[key], data: inputs[key].data.map(() => 0) }));
  const parameters = ["a", "b"].map((key) => new Variable(floats(inputs[key]), key));
  await new AdamW(parameters, { learningRate: 0.1, weightDecay: 0.5 }).update(zero);
  const [matrix, vector] = await Promise.all(parameters.map(async (p) => toNumbers(await p.array())));
  assertClose(
    "matrix",
    matrix,
    inputs.a.data.map((x) => x * 0.95),
    1e-6,
  );
  assert.deepEqual(vector, Float64Array.from(inputs.b.data, Math.fround));
});

test("a restored AdamW continues bit by bit", async () => {
  const { inputs } = golden.adamw;
  const make = (): { w: Variable; optimizer: AdamW } => {
    const w = new Variable(floats(inputs.a), "a");
    return { w, optimizer: new AdamW([w], { learningRate: 0.01 }) };
  };
  const gradient = (step: number): Tensor[] => [leaf(inputs[`a_grad_${step}`])];
  const whole = make();
  for (let step = 1; step <= 4; step++) await whole.optimizer.update(gradient(step));
  const first = make();
  for (let step = 1; step <= 2; step++) await first.optimizer.update(gradient(step));
  const state = await first.optimizer.state();
  const second = { w: new Variable(await first.w.array(), "a") };
  const resumed = new AdamW([second.w], { learningRate: 0.01 });
  resumed.restore(state);
  // The first run goes on; what was saved must not change with it.
  await first.optimizer.update(gradient(5));
  for (let step = 3; step <= 4; step++) await resumed.update(gradient(step));
  assert.deepEqual(await second.w.data(), await whole.w.data());
});

const clipped = ({ inputs, attrs }: GoldenCase): Tensor[] => {
  const grads = [leaf(inputs.a_grad), leaf(inputs.b_grad)];
  const { norm, scale } = globalNorm(grads, (attrs as unknown as { maxNorm: number }).maxNorm);
  return [norm, ...grads.map((g) => g.mul(scale!))];
};

for (const name of ["clip_global_norm", "clip_global_norm_below"]) {
  for (const { title, engine } of ENGINES) {
    test(`${name} equals torch.nn.utils.clip_grad_norm_ on ${title}`, async () => {
      const [norm, a, b] = await computeOn(engine, clipped(golden[name]));
      assertClose("norm", norm, golden[name].outputs.norm.data, 1e-6);
      assertClose("a", a, golden[name].outputs.a_clipped.data, 1e-6);
      assertClose("b", b, golden[name].outputs.b_clipped.data, 1e-6);
    });
  }
}

test("without a limit gradients are left alone", () => {
  assert.equal(globalNorm([leaf(golden.clip_global_norm.inputs.a_grad)]).scale, undefined);
});

const CURVES: readonly [ScheduleName, number, number][] = [
  ["cosine", 5, 0.5],
  ["cosine", 10, 1],
  ["cosine", 60, 0.1 + 0.9 * 0.5],
  ["cosine", 110, 0.1],
  ["cosine", 200, 0.1],
  ["linear", 60, 0.55],
  ["linear", 110, 0.1],
  ["constant", 60, 1],
];

for (const [name, step, share] of CURVES) {
  test(`the ${name} schedule gives ${share} of its peak at step ${step}`, () => {
    const options = { peak: 2, totalSteps: 110, warmupSteps: 10, floor: 0.1 };
    assert.ok(Math.abs(learningRateAt(name, step, options) - 2 * share) < 1e-12);
  });
}
