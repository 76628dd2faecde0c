import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile,
  grad,
  HostStorage,
  ones,
  stopGradient,
  tensor,
  Variable,
  zeros,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";
import { filled, row } from "./values.js";

const N = 4096;
const variable = (value: number, name = "w"): Variable =>
  new Variable(
    filled(N, () => value),
    name,
  );
const first = async (t: Tensor): Promise<number> => Number((await t.data())[0]);

test("a graph built over a variable keeps its old value after an assignment", async () => {
  const w = variable(1);
  const before = w.mul(10);
  w.assign(w.add(1));
  const after = w.mul(10);
  assert.deepEqual([await first(before), await first(after), await first(w)], [10, 20, 2]);
});

test("assignments are lazy and chain", async () => {
  const w = variable(1);
  for (let i = 0; i < 3; i++) w.assign(w.mul(2));
  assert.equal(w.storage, undefined);
  assert.equal(await first(w), 8);
  await w.settle();
  assert.deepEqual([w.node.inputs.length, await first(w)], [0, 8]);
});

test("an assignment of another shape or dtype names the variable and both sides", async () => {
  const w = new Variable(
    filled(3, () => 0),
    "gain",
  );
  const shape = await refused("E_SHAPE", () => w.assign(zeros([2, 3])));
  assert.match(shape.message, /gain is float32\[3\] and cannot take float32\[2, 3\]/);
  await refused("E_SHAPE", () => w.assign(zeros([3], "int32")));
});

test("a variable's memory is its own: neither its origin nor a reading changes with it", async () => {
  const origin = filled(N, () => 1);
  const [a, b] = [new Variable(origin, "a"), new Variable(origin, "b")];
  const reading = await a.data();
  const step = compile(() => {
    a.assign(a.add(1));
    return a.sum();
  });
  assert.equal(await (await step()).item(), 2 * N);
  assert.deepEqual([origin.data[0], reading[0], await first(b), await first(a)], [1, 1, 1, 2]);
});

test("a tensor that was assigned keeps its value when the variable is updated in place", async () => {
  const w = variable(1);
  const y = row(N, () => 5).mul(1.5);
  w.assign(y);
  const step = compile(() => {
    w.assign(w.add(1));
    return w.slice(0, 1);
  });
  for (const want of [8.5, 9.5]) assert.equal(await first(await step()), want);
  assert.deepEqual([await first(y), await first(w)], [7.5, 9.5]);
});

test("variables that start from the same tensor do not share an update", async () => {
  const y = row(N, () => 1);
  const [a, b] = [variable(0), variable(0)];
  a.assign(y);
  b.assign(y);
  const step = compile(() => {
    a.assign(a.add(1));
    return b.sum();
  });
  assert.equal(await (await step()).item(), N);
  assert.equal(await (await step()).item(), N);
  assert.deepEqual([await first(a), await first(b), await first(y)], [3, 1, 1]);
});

test("a compiled function reads variables anew, however their value came about", async () => {
  const w = variable(1);
  w.assign(w.add(1));
  const double = compile(() => w.mul(2));
  assert.equal(await first(await double()), 4, "a pending value");
  w.assign(w.add(1));
  assert.equal(await first(w), 3);
  assert.equal(await first(await double()), 6, "a computed value");
  w.load(new HostStorage(filled(N, () => 5)));
  assert.equal(await first(await double()), 10, "a loaded value");
});

test("a function that throws while it is traced leaves variables as they were", async () => {
  const w = variable(1);
  const broken = compile(() => {
    w.assign(w.add(1));
    return w.matmul(w);
  });
  await refused("E_SHAPE", () => broken());
  assert.equal(await first(w), 1);
});

test("gradients stop at stopGradient and reach variables by their present value", async () => {
  const w = variable(3);
  const [dw] = grad(w.mul(stopGradient(w)).sum(), [w]);
  assert.equal(await first(dw), 3);
});

test("unrelated inputs get gradients of zero, of their own shape and dtype", async () => {
  const [x, unrelated] = [tensor([1, 2]), zeros([3, 1], "float64")];
  const [dx, du] = grad(x.mul(x).sum(), [x, unrelated]);
  assert.deepEqual(await dx.data(), Float32Array.of(2, 4));
  assert.deepEqual([du.shape, du.dtype, await du.data()], [[3, 1], "float64", new Float64Array(3)]);
});

test("grad refuses what is no scalar, a seed of another shape, and a path without derivative", async () => {
  const x = tensor([[1, 2, 3]]);
  const scalar = await refused("E_SHAPE", () => grad(x.mul(2), [x]));
  assert.match(scalar.message, /float32\[1, 3\]/);
  const seed = await refused("E_SHAPE", () => grad(x.mul(2), [x], zeros([3])));
  assert.match(seed.message, /float32\[3\].*float32\[1, 3\]/);
  const step = await refused("E_NOT_DIFFERENTIABLE", () => grad(x.greater(1), [x], ones([1, 3], "bool")));
  assert.match(step.message, /greater has no gradient: a comparison is a step/);
});

test("a seed weighs the outputs: the vector-Jacobian product", async () => {
  const x = tensor([1, 2, 3]);
  const [dx] = grad(x.mul(x), [x], tensor([1, 10, 100]));
  assert.deepEqual(await dx.data(), Float32Array.of(2, 40, 600));
});

test("a variable made of an expression or of another variable has a value of its own inside compile", async () => {
  const start = new Variable(
    filled(3, (i) => i),
    "start",
  );
  const doubled = new Variable(start.mul(2), "doubled");
  const copy = new Variable(start, "copy");
  const step = compile(() => {
    doubled.assign(doubled.add(1));
    copy.assign(copy.sub(1));
    return start.mul(1);
  });
  for (let i = 0; i < 3; i++) assert.deepEqual([...(await (await step()).data())], [0, 1, 2]);
  assert.deepEqual([...(await doubled.data())], [3, 5, 7]);
  assert.deepEqual([...(await copy.data())], [-3, -2, -1]);
});
