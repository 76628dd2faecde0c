import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  add,
  AdamW,
  checkpoint,
  compile,
  customVjp,
  evaluate,
  grad,
  hostArray,
  matmul,
  mul,
  printGraph,
  scan,
  tensor,
  valueAndGrad,
  Variable,
  vmap,
  type Tensor,
} from "gradlab";

/** Gradients are built at the first call and only described at the second: both must be the same numbers. */
async function twice(make: () => readonly Tensor[]): Promise<number[][]> {
  const runs: number[][][] = [];
  for (let run = 0; run < 3; run++) {
    const tensors = make();
    await evaluate(tensors);
    runs.push(await Promise.all(tensors.map(async (t) => [...(await t.data())].map(Number))));
  }
  assert.deepEqual(runs[1], runs[0]);
  assert.deepEqual(runs[2], runs[0]);
  return runs[0];
}

const x = tensor([0.5, -1, 2]);
const w = tensor([3, 4, 5]);
const cube = (t: Tensor): Tensor => t.mul(t).mul(t).sum();

test("gradients of a known expression are built only when somebody looks inside", () => {
  const make = (): Tensor => grad(add(x, w).tanh().sum(), [x])[0];
  const [first, second] = [make(), make()];
  assert.equal(first.node.op.name === "identity", false);
  assert.equal(second.node.op.name, "identity");
  assert.deepEqual([second.shape, second.dtype], [first.shape, first.dtype]);
  assert.equal(printGraph(second), printGraph(first));
  assert.equal(inspect(second), inspect(first));
});

test("several wanted values, and ones that the expression does not read", async () => {
  const [dx, dw, nothing] = await twice(() => grad(mul(x, w).sum(), [x, w, tensor([1, 2])]));
  assert.deepEqual(
    [dx, dw, nothing],
    [
      [3, 4, 5],
      [0.5, -1, 2],
      [0, 0],
    ],
  );
});

test("the order of what is wanted and a given seed count", async () => {
  const y = (): Tensor => mul(x, w);
  const seed = tensor([1, 10, 100]);
  assert.deepEqual(await twice(() => grad(y(), [x, w], seed)), [
    [3, 40, 500],
    [0.5, -10, 200],
  ]);
  assert.deepEqual(await twice(() => grad(y(), [w, x], seed)), [
    [0.5, -10, 200],
    [3, 40, 500],
  ]);
  const scalar = tensor(2);
  assert.deepEqual(await twice(() => grad(x.mul(scalar).sum(), [x], scalar)), [[4, 4, 4]]);
  assert.deepEqual(await twice(() => grad(x.mul(scalar).sum(), [scalar, x])), [[1.5], [2, 2, 2]]);
});

test("second derivatives of a known gradient", async () => {
  const second = (): Tensor[] => grad(grad(cube(x), [x])[0].sum(), [x]);
  assert.deepEqual(await twice(second), [[3, -6, 12]]);
});

test("values that became known meanwhile are read", async () => {
  for (let run = 0; run < 4; run++) {
    const hidden = mul(x, w);
    const loss = hidden.mul(hidden).sum();
    const [dx] = grad(loss, [x]);
    if (run % 2 === 1) await evaluate([hidden, loss]);
    assert.deepEqual([...(await dx.data())], [9, -32, 100]);
  }
});

test("a variable may be assigned before its gradient is asked for", async () => {
  const v = new Variable(hostArray(Float32Array.of(1, 2, 3), [3]), "v");
  for (let run = 0; run < 3; run++) {
    v.assign(tensor([1, 2, 3]));
    await v.settle();
    const [dv] = grad(v.mul(v).sum(), [v]);
    v.assign(tensor([7, 7, 7]));
    assert.deepEqual([...(await dv.data())], [2, 4, 6]);
  }
});

test("one of several gradients may be asked for first", async () => {
  for (let run = 0; run < 3; run++) {
    const [dx, dw] = grad(mul(x, w).sum(), [x, w]);
    assert.deepEqual([...(await dw.data())], [0.5, -1, 2]);
    assert.deepEqual([...(await dx.add(dw).data())], [3.5, 3, 7]);
  }
});

test("transforms look inside", async () => {
  const each = vmap(grad(cube));
  assert.deepEqual(
    await twice(() => [
      each(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ]),
    [[3, 12, 27, 48]],
  );
  const block = checkpoint((t: Tensor) => t.mul(grad(cube(t), [t])[0]));
  assert.deepEqual(await twice(() => grad(block(x).sum(), [x])), [[2.25, 9, 36]]);
  const traced = compile((t: Tensor) => valueAndGrad(cube)(t)[1]);
  assert.deepEqual(await twice(() => [grad(cube(x), [x])[0]]), [[0.75, 3, 12]]);
  assert.deepEqual([...(await (await traced(x)).data())], [0.75, 3, 12]);
});

test("gradients of one's own are never taken for another's, nor inside loops", async () => {
  for (const slope of [2, 3, 2]) {
    const step = customVjp(
      (t: Tensor) => t.sign(),
      (g) => [mul(g, slope)],
    );
    assert.deepEqual([...(await grad(step(x).sum(), [x])[0].data())], [slope, slope, slope]);
    const sums = (t: Tensor): Tensor => scan((c: Tensor, s: Tensor) => [c.add(step(s)), c], tensor(0), t)[0];
    assert.deepEqual([...(await grad(sums(x), [x])[0].data())], [slope, slope, slope]);
  }
});

test("a plain loop trains as a compiled one, bit by bit", async () => {
  const [input, target] = [tensor([[1, 2, 3]]), tensor([[1, -1]])];
  const train = async (compiled: boolean): Promise<number[]> => {
    const v = new Variable(hostArray(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]), "v");
    const optimizer = new AdamW([v], { learningRate: 0.1 });
    const loss = (a: Tensor, b: Tensor): Tensor => matmul(a, v).sub(b).pow(2).sum();
    const step = compile((a: Tensor, b: Tensor) => {
      const value = loss(a, b);
      optimizer.assign(grad(value, [v]));
      return value;
    });
    for (let i = 0; i < 5; i++) {
      if (!compiled) await optimizer.update(grad(loss(input, target), [v]));
      else {
        optimizer.advance();
        await step(input, target);
      }
    }
    return [...(await v.data())].map(Number);
  };
  assert.deepEqual(await train(false), await train(true));
});
