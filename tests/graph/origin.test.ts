import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apply,
  capture,
  compile,
  decompose,
  defineOp,
  grad,
  greater,
  matmul,
  ones,
  placeholder,
  tensor,
  traceOrigins,
  withoutValues,
  type GradlabError,
  type Tensor,
} from "gradlab";

/** The line this is called from, as an origin names it. */
function here(): string {
  const frame = /(\d+):\d+\)?$/.exec(new Error().stack!.split("\n")[2])!;
  return frame[1];
}

const lineOf = (x: Tensor): string =>
  /origin\.test\.[jt]s:(\d+):\d+$/.exec(x.node.origin ?? "")?.[1] ?? `${x.node.origin}`;

function refusal(run: () => unknown): GradlabError {
  try {
    run();
  } catch (error) {
    return error as GradlabError;
  }
  throw new Error("nothing was thrown");
}

test("a node knows the line that made it, by method and by function", () => {
  const a = tensor([[1, 2]]);
  const [sum, line] = [a.add(1), here()];
  const [product, other] = [matmul(a, tensor([[1], [2]])), here()];
  assert.equal(lineOf(sum), line);
  assert.equal(lineOf(product), other);
});

test("the place is relative to the working directory, with line and column", () => {
  assert.match(tensor([1]).neg().node.origin!, /^tests\/.*origin\.test\.[jt]s:\d+:\d+$/);
});

test("nodes made inside gradlab belong to the line outside it", () => {
  const [mean, line] = [tensor([[1, 2]]).mean(), here()];
  assert.equal(lineOf(mean), line);
  assert.equal(lineOf(mean.node.inputs[0]), line);
});

test("gradients inherit the origin of what they differentiate, and say so", () => {
  const x = placeholder([2, 2]);
  const [y, forward] = [x.mul(x), here()];
  const loss = y.sum();
  const [dx] = grad(loss, [x]);
  assert.equal(lineOf(dx), forward);
  assert.match(String(dx.node.made), /^gradient of .*origin\.test/);
  const [ddx] = grad(dx.sum(), [x]);
  assert.match(String(ddx.node.made), /^gradient of (?!gradient)/);
});

test("simplified nodes keep the origin of what they replace", () => {
  const x = placeholder([2, 3]);
  const [product, line] = [matmul(x.mul(2), placeholder([3, 2])), here()];
  const [node] = capture([product]).nodes;
  assert.equal(node.attrs.alpha, 2);
  assert.equal(lineOf({ node } as Tensor), line);
});

test("a program that is kept keeps the origins", () => {
  const y = placeholder([2]).exp();
  assert.equal(withoutValues(capture([y])).nodes[0].origin, y.node.origin);
});

test("an op written out by its decomposition keeps its origin", () => {
  const twice = defineOp({
    name: "twice",
    doc: "2x",
    traits: ["elementwise"],
    shape: ([x]) => [x],
    vjp: { nondifferentiable: "a test" },
    reference: ([x]) => [x.data.map((value) => 2 * value)],
    samples: () => [],
    decompose: ([x]) => [x.add(x)],
  });
  const y = apply(twice, [placeholder([2])], {});
  const opened = decompose(capture([y]), ({ name }) => name !== "twice");
  assert.deepEqual(
    opened.nodes.map(({ op, origin }) => [op.name, origin]),
    [["add", y.node.origin]],
  );
});

test("refused operations name the line that asked for them", () => {
  const [shape, line] = [refusal(() => tensor([1, 2]).add(tensor([1, 2, 3]))), here()];
  assert.equal(shape.code, "E_SHAPE");
  assert.match(shape.where, new RegExp(`origin\\.test\\.[jt]s:${line}:\\d+$`));
  assert.match(shape.message, /\n {2}at: tests\/.*\n {2}hint: /);
  const [index, after] = [refusal(() => tensor([1, 2]).slice(0, 9)), here()];
  assert.match(index.where, new RegExp(`:${after}:`));
  const [dtype, last] = [refusal(() => tensor([1]).add(tensor([1], { dtype: "int32" }))), here()];
  assert.match(dtype.where, new RegExp(`:${last}:`));
});

test("a missing gradient names the op that has none, not the call of grad", () => {
  const x = placeholder([2]);
  const [y, line] = [greater(x, 0), here()];
  const error = refusal(() => grad(y, [x], placeholder([2], "bool")));
  assert.equal(error.code, "E_NOT_DIFFERENTIABLE");
  assert.match(error.where, new RegExp(`:${line}:`));
});

test("origins can be switched off", () => {
  const before = traceOrigins(false);
  try {
    assert.equal(before, true);
    assert.equal(ones([2]).neg().node.origin, undefined);
  } finally {
    traceOrigins(before);
  }
  assert.notEqual(ones([2]).neg().node.origin, undefined);
});

test("a traced function's nodes belong to its lines", async () => {
  let made: Tensor | undefined;
  let line = "";
  const f = compile((x: Tensor) => {
    [made, line] = [x.exp(), here()];
    return made;
  });
  await f(tensor([0]));
  assert.equal(lineOf(made!), line);
});

test("a kept tensor does not hold what its calls held once its origin was read", () => {
  const y = placeholder([2]).exp();
  const first = y.node.made!.frames;
  assert.ok(first.length > 2);
  assert.equal(y.node.made!.frames, first);
  assert.equal(first[0].module, "graph/apply");
});
