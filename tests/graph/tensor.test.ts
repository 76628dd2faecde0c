import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as gradlab from "gradlab";
import {
  compile,
  DISPLAY,
  grad,
  hostArray,
  isFloat,
  OPS,
  placeholder,
  tensor,
  Tensor,
  toNumbers,
  Variable,
  zeros,
  type AnyOp,
  type MimeBundle,
} from "gradlab";
import { refused } from "../refused.js";
import { sourceFiles } from "../source-files.js";

test("printing a tensor shows its values when they are there, and its recipe when not", async () => {
  const y = tensor([[1, 2]]).exp();
  assert.match(
    inspect(y),
    /^float32\[1, 2\] = exp\(…\), not computed +# tests\/.*tensor\.test\.[jt]s:\d+:\d+$/,
  );
  assert.equal(y.storage, undefined, "printing computes nothing");
  await y.data();
  assert.equal(inspect(y), "float32[1, 2]\n[[2.7183, 7.3891]]");
  assert.equal(inspect({ y: tensor([1]) }), "{\n  y: float32[1]\n  [1]\n}");
  assert.equal(inspect([[[[tensor([1])]]]], { depth: 2 }).includes("[1]"), false);
});

test("variables show their names; arguments and overwritten values say what they are", async () => {
  const w = new Variable(hostArray(Float32Array.of(1, 2), [2]), "w");
  assert.equal(inspect(w), "w: float32[2]\n[1, 2]");
  assert.equal(inspect(placeholder([2])), "float32[2], an argument without values");
  const old = new Tensor(w.node, 0);
  await compile((x: Tensor) => {
    w.assign(w.add(x));
    return x;
  })(zeros([2]));
  if (!old.storage) assert.equal(inspect(old), "float32[2], overwritten by an update");
});

test("a notebook computes the tensor that ends a cell", async () => {
  const show = async (x: Tensor): Promise<unknown> =>
    ((await (x as unknown as { [DISPLAY](): Promise<MimeBundle> })[DISPLAY]()) as Record<string, unknown>)[
      "text/plain"
    ];
  assert.equal(await show(tensor([1, 2]).mul(2)), "float32[2]\n[2, 4]");
  assert.equal(await show(placeholder([2])), "float32[2], an argument without values");
});

test("at: positions remove axes, ranges and null keep them", async () => {
  const x = tensor([
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ]);
  assert.deepEqual(await x.at(0).toArray(), [
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual(await x.at(-1, 0).toArray(), [5, 6]);
  assert.equal(await x.at(1, 1, 1).toArray(), 8);
  assert.deepEqual(await x.at(null, null, 1).toArray(), [
    [2, 4],
    [6, 8],
  ]);
  assert.deepEqual(await x.at([1, null], [0, -1]).toArray(), [[[5, 6]]]);
  assert.deepEqual(await x.at().toArray(), await x.toArray());
});

test("at is differentiable", async () => {
  const x = tensor([[1, 2, 3]]);
  const [dx] = grad(
    x
      .at(0, [1, null])
      .mul(x.at(0, [0, 2]))
      .sum(),
    [x],
  );
  assert.deepEqual(await dx.toArray(), [[2, 4, 2]]);
});

test("at names the axis that an index leaves", async () => {
  const x = zeros([2, 3]);
  const error = await refused("E_INDEX", () => x.at(0, 3));
  assert.equal(error.sentence, "at: position 3 is outside axis 1 of float32[2, 3].");
  assert.match(error.where, /tensor\.test/);
  for (const run of [
    () => x.at(-3),
    () => x.at(0.5),
    () => x.at([2, 1]),
    () => x.at([0, 4]),
    () => x.at(0, 0, 0),
  ]) {
    await refused("E_INDEX", run);
  }
});

test("size, T and nested values", async () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  assert.equal(x.size, 6);
  assert.deepEqual(await x.T.toArray(), [
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  assert.deepEqual(zeros([2, 3, 4]).T.shape, [4, 3, 2]);
  assert.deepEqual(tensor([1, 2]).T.shape, [2]);
  assert.deepEqual(await zeros([2, 0]).toArray(), [[], []]);
  assert.deepEqual(await tensor([1, 0], { dtype: "bool" }).toArray(), [1, 0]);
});

test("going through a tensor gives numbers or tensors with values", async () => {
  const numbers: (number | Tensor)[] = [];
  for await (const value of tensor([1, 2]).mul(3)) numbers.push(value);
  assert.deepEqual([...numbers], [3, 6]);
  const seen: unknown[] = [];
  for await (const row of tensor(
    [
      [1, 2],
      [3, 4],
    ],
    { dtype: "int32" },
  )) {
    assert.ok(row instanceof Tensor && row.dtype === "int32" && row.storage);
    seen.push(await row.toArray());
  }
  assert.deepEqual(seen, [
    [1, 2],
    [3, 4],
  ]);
  await refused("E_SHAPE", async () => {
    for await (const value of tensor(1)) numbers.push(value);
  });
});

/** Every member that an op adds to Tensor, with the text in front of it. */
function members(): { file: string; before: string; name: string }[] {
  return sourceFiles("sdk/src/ops").flatMap(({ path: file, text }) => {
    const body = /interface Tensor \{\n([^}]*(?:\{[^}]*\}[^}]*)*)\n {2}\}/.exec(text)?.[1] ?? "";
    const found = [...body.matchAll(/(^.*\n)?^ {4}(?:readonly )?(\w+)[(:?]/gm)];
    return found.map(([, before = "", name]) => ({ file, before, name }));
  });
}

test("every method that an op adds is documented and there", () => {
  const all = members();
  assert.ok(all.length > 60, `${all.length} members`);
  for (const { file, before, name } of all) {
    assert.match(before, /\*\/\s*$/, `${name} in ${file}`);
    assert.ok(name in Tensor.prototype, name);
  }
});

type Binary = (a: Tensor | number, b: Tensor | number) => Tensor;

/** The functions of two operands among the ops, by name. */
function binaries(): [string, AnyOp, Binary][] {
  const named = gradlab as unknown as Record<string, unknown>;
  return (Object.values(OPS) as readonly AnyOp[])
    .filter((op) => op.traits.includes("elementwise") && op.samples()[0]?.inputs.length === 2)
    .filter(({ name }) => typeof named[name] === "function" && name in Tensor.prototype)
    .map((op) => [op.name, op, named[op.name] as Binary]);
}

test("functions of two operands take a number on either side, methods on the right", async () => {
  const all = binaries();
  assert.ok(all.length >= 12, all.map(([name]) => name).join());
  for (const [name, op, f] of all) {
    const [{ dtype, low = 0.5, high = 1.5 }] = op.samples()[0].inputs;
    const a = isFloat(dtype) ? (low + high) / 2 : 1;
    const [x, two] = [tensor([a, 1], { dtype }), tensor([1, 1], { dtype })];
    const values = async (y: Tensor): Promise<number[]> => [...toNumbers(await y.array())];
    assert.deepEqual(await values(f(x, 1)), await values(f(x, two)), `${name}(x, 1)`);
    assert.deepEqual(await values(f(1, x)), await values(f(two, x)), `${name}(1, x)`);
    const method = (x as unknown as Record<string, (other: number) => Tensor>)[name];
    assert.deepEqual(await values(method.call(x, 1)), await values(f(x, two)), `x.${name}(1)`);
  }
});
