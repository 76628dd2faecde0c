import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  apply,
  applyAll,
  capture,
  compile,
  defineOp,
  grad,
  mul,
  OnnxEngine,
  tensor,
  Variable,
  type Tensor,
} from "gradlab";

/** y = x², z = x² + c: an op that no engine knows. */
const squareAddOp = defineOp<{ readonly c: number }>({
  name: "squareAdd",
  doc: "x² and x² + c.",
  traits: ["elementwise"],
  shape: ([x]) => [
    { shape: x.shape, dtype: x.dtype },
    { shape: x.shape, dtype: x.dtype },
  ],
  vjp: ({ inputs: [x], grads }) => {
    const [g, h] = grads;
    const both = g && h ? add(g, h) : (g ?? h);
    return [both && mul(mul(both, x), 2)];
  },
  reference: ([x], { c }) => [x.data.map((value) => value * value), x.data.map((value) => value * value + c)],
  samples: () => [],
  decompose: ([x], { c }) => [mul(x, x), add(mul(x, x), c)],
});

/** An op whose decomposition is an op that needs decomposing itself. */
const outerOp = defineOp<Record<string, never>>({
  name: "outerSquare",
  doc: "x² + 1.",
  traits: ["elementwise"],
  shape: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: { nondifferentiable: "this test does not need it" },
  reference: ([x]) => [x.data.map((value) => value * value + 1)],
  samples: () => [],
  decompose: ([x]) => [applyAll(squareAddOp, [x], { c: 1 })[1]],
});

async function onOnnx(outputs: readonly Tensor[], inputs: readonly Tensor[]): Promise<number[][]> {
  const program = await new OnnxEngine().compile(capture(outputs, { inputs }));
  const results = await program.run(inputs.map((input) => input.storage!));
  return results.map(({ array }) => [...(array!.data as Float32Array)]);
}

test("an op without a rule is written out by its decomposition", async () => {
  const x = tensor([1, 2, 3]);
  assert.deepEqual(await onOnnx(applyAll(squareAddOp, [x], { c: 1 }), [x]), [
    [1, 4, 9],
    [2, 5, 10],
  ]);
});

test("a decomposition may use ops that need one, and gradients flow", async () => {
  const x = tensor([1, 2, 3]);
  assert.deepEqual(await onOnnx([apply(outerOp, [x], {})], [x]), [[2, 5, 10]]);
  const [dx] = grad(apply(squareAddOp, [x], { c: 0 }).sum(), [x]);
  assert.deepEqual(await onOnnx([dx], [x]), [[2, 4, 6]]);
});

test("constants and updates of variables survive decomposition", async () => {
  const w = new Variable({ dtype: "float32", shape: [1024], data: new Float32Array(1024).fill(2) }, "w");
  const c = tensor(Array.from({ length: 1024 }, () => 3));
  const step = compile(
    (x: Tensor) => {
      const y = add(apply(squareAddOp, [mul(x, c)], { c: 0 }), w);
      w.assign(y);
      return y.sum();
    },
    { constants: [c] },
  );
  const x = tensor(Array.from({ length: 1024 }, () => 1));
  assert.equal(await (await step(x)).item(), 1024 * 11);
  assert.equal(await (await step(x)).item(), 1024 * 20);
  assert.equal((await w.data())[7], 20);
});
