import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  apply,
  compile,
  defineOp,
  erf,
  exp,
  grad,
  mul,
  neg,
  OnnxEngine,
  registerLowering,
  Runtime,
  sum,
  tensor,
  type OpDefinition,
  type Tensor,
} from "gradlab";
import { computesAsDefined } from "../engine/contract.js";
import { assertSameForAllSizes, values } from "../engine/dynamic-values.js";
import { gradientsAreSlopes, secondDerivativesAreSlopes } from "./property-suite.js";

type NoAttrs = Record<string, never>;

/** By the series of erf, and by a continued fraction where that converges slowly. */
function erfcOf(x: number): number {
  if (x < 0) return 2 - erfcOf(-x);
  if (x < 2) {
    let term = x;
    let total = x;
    for (let n = 1; n < 60; n++) {
      term *= (-x * x) / n;
      total += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * total;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** What a newcomer writes to add an op: one record. */
const erfcOp = defineOp<NoAttrs>({
  name: "erfc",
  doc: "The complementary error function (2/√π)∫ₓ^∞ e^(−t²) dt.",
  traits: ["elementwise"],
  shape: ([{ shape, dtype }]) => [{ shape, dtype }],
  vjp: ({ inputs: [x], grads: [g] }) => [g && mul(g, mul(exp(neg(mul(x, x))), -2 / Math.sqrt(Math.PI)))],
  reference: ([x]) => [x.data.map(erfcOf)],
  samples: () => [
    { inputs: [{ shape: [2, 3], dtype: "float32", low: -2, high: 2 }], attrs: {} },
    { inputs: [{ shape: [5], dtype: "float32", low: -3, high: 3 }], attrs: {} },
  ],
  decompose: ([x]) => [add(neg(erf(x)), 1)],
});
const erfc = (x: Tensor): Tensor => apply(erfcOp, [x], {});

test("a new op computes values and gradients, inside compile too", async () => {
  // Abramowitz and Stegun, table 7.1: erf(0.5) = 0.5204998778, erf(1) = 0.8427007929
  const y = await erfc(tensor([0, 0.5, 1, -1])).data();
  [1, 0.4795001222, 0.1572992071, 1.8427007929].forEach((want, i) =>
    assert.ok(Math.abs(Number(y[i]) - want) < 1e-6),
  );
  const step = compile((x: Tensor) => grad(sum(erfc(x)), [x])[0]);
  const [slope] = await (await step(tensor([0.5]))).data();
  assert.ok(Math.abs(Number(slope) + (2 / Math.sqrt(Math.PI)) * Math.exp(-0.25)) < 1e-6);
});

test("a new op is held to the properties of all ops", async () => {
  await gradientsAreSlopes(erfcOp);
  await secondDerivativesAreSlopes(erfcOp);
});

for (const via of ["c-api", "binding"] as const) {
  test(`a new op runs on the onnx engine (${via}) as its definition says`, () =>
    computesAsDefined(new OnnxEngine({ via }), erfcOp));
}

test("a new op needs nothing more for symbolic sizes", () =>
  assertSameForAllSizes(
    new OnnxEngine({ threads: 1 }),
    (x) => grad(erfc(x).mean(), [x]),
    [[values([4])], [values([32])]],
    { dynamicAxes: [["n"]] },
  ));

test("a rule of its own takes the place of the decomposition", async () => {
  const calls: string[] = [];
  const ownOp = defineOp<NoAttrs>({ ...erfcOp, name: "erfcByRule" });
  registerLowering(ownOp, ({ model, inputs: [x] }) => {
    calls.push(x);
    const [y] = model.node("Erf", [x]);
    return model.node("Sub", [model.scalar(1), y]);
  });
  await computesAsDefined(new OnnxEngine({ threads: 1 }), ownOp);
  assert.ok(calls.length > 0);
});

test("an op that is defined anew under its old name, or that of another op, is not taken for it", async () => {
  const runtime = new Runtime(new OnnxEngine({ threads: 1 }));
  const timesOp = (name: string, factor: number): OpDefinition<NoAttrs> =>
    defineOp<NoAttrs>({
      ...erfcOp,
      name,
      reference: ([x]) => [x.data.map((value) => factor * value)],
      decompose: ([x]) => [mul(x, factor)],
    });
  const first = async (op: OpDefinition<NoAttrs>): Promise<number> => {
    const y = apply(op, [tensor(new Float32Array(4096).fill(1))], {});
    await runtime.evaluate([y]);
    return Number((await y.data())[0]);
  };
  assert.equal(await first(timesOp("times", 2)), 2);
  assert.equal(await first(timesOp("times", 3)), 3);
  assert.equal(await first(timesOp("erf", 5)), 5);
});
