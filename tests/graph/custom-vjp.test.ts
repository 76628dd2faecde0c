import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile,
  customVjp,
  GradlabError,
  grad,
  maximum,
  minimum,
  sign,
  sum,
  tensor,
  Variable,
  type Tensor,
} from "gradlab";
import { doubles, filled, near, simplified } from "./values.js";

const list = async (t: Tensor): Promise<number[]> => [...(await t.data())].map(Number);

test("a straight-through estimator has the step's values and the identity's gradient", async () => {
  const step = customVjp(
    (x: Tensor) => sign(x),
    (g) => [g],
  );
  const x = tensor([-2, 0.5, 3]);
  const y = step(x)
    .mul(tensor([1, 10, 100]))
    .sum();
  assert.equal(await y.item(), 109);
  assert.deepEqual(await list(grad(y, [x])[0]), [1, 10, 100]);
});

test("a clipped gradient passes values on and bounds what flows back", async () => {
  const clip = customVjp(
    (x: Tensor) => x,
    (g) => [maximum(minimum(g, 1), -1)],
  );
  const x = tensor([1, 2, 3]);
  const y = clip(x)
    .mul(tensor([5, 0.5, -7]))
    .sum();
  assert.equal(await y.item(), 5 + 1 - 21);
  assert.deepEqual(await list(grad(y, [x])[0]), [1, 0.5, -1]);
});

test("a custom gradient equal to the true one gives equal first and second derivatives", async () => {
  const silu = customVjp(
    (x: Tensor) => x.mul(x.sigmoid()),
    (g, { inputs: [x], outputs: y }) => {
      const s = x.sigmoid();
      return [g.mul(s.add(y.mul(s.neg().add(1))))];
    },
  );
  const x = doubles([5], 3);
  const both = (f: (t: Tensor) => Tensor): Tensor[] => {
    const [first] = grad(sum(f(x)), [x]);
    return [f(x), first, grad(sum(first.mul(first)), [x])[0]];
  };
  const [own, plain] = [await simplified(both(silu)), await simplified(both((t) => t.mul(t.sigmoid())))];
  own.forEach((values, i) => near(`derivative ${i}`, values, plain[i], 1e-12));
});

test("several inputs and outputs: each gets its own gradient, zeros arrive where nothing depends on an output", async () => {
  const seen: string[] = [];
  const pair = customVjp(
    (a: Tensor, b: Tensor) => ({ sum: a.add(b), product: a.mul(b) }),
    (g, { inputs: [a, b] }) => {
      seen.push(g.product.toString());
      return [g.sum.add(g.product.mul(b)), g.sum.add(g.product.mul(a))];
    },
  );
  const [a, b] = [tensor([2, 3]), tensor([5, 7])];
  const { sum: s, product } = pair(a, b);
  const [da, db] = grad(s.add(product.mul(10)).sum(), [a, b]);
  assert.deepEqual(await list(da), [51, 71]);
  assert.deepEqual(await list(db), [21, 31]);
  const [only] = grad(pair(a, b).sum.sum(), [a]);
  assert.deepEqual(await list(only), [1, 1]);
  assert.deepEqual(seen, ["float32[2]", "float32[2]"]);
});

test("works inside compile, for a Variable that is an argument", async () => {
  const p = new Variable(
    filled(3, (i) => i - 1),
    "p",
  );
  const reversed = customVjp(
    (x: Tensor) => x.mul(2),
    (g) => [g.mul(-2)],
  );
  const step = compile((x: Tensor) => {
    const loss = reversed(p).mul(x).sum();
    p.assign(p.sub(grad(loss, [p])[0]));
    return loss;
  });
  assert.equal(await (await step(tensor([1, 2, 3]))).item(), 4);
  assert.deepEqual(await list(p), [1, 4, 7]);
});

test("gradients that would be lost or do not fit are refused", () => {
  const p = new Variable(
    filled(3, (i) => i),
    "weight",
  );
  const refuses = (run: () => unknown, code: string, text: RegExp): void =>
    assert.throws(run, (error: GradlabError) => error.code === code && text.test(error.message));
  const x = tensor([1, 2, 3]);
  const hidden = customVjp(
    (t: Tensor) => t.mul(p),
    (g) => [g],
  );
  refuses(() => hidden(x), "E_NOT_DIFFERENTIABLE", /reads weight/);
  const open = customVjp(
    (t: Tensor) => t.mul(p.stopGradient()),
    (g) => [g],
  );
  open(x);
  const wrong = customVjp(
    (t: Tensor) => t.mul(2),
    (g) => [g.sum()],
  );
  refuses(() => grad(wrong(x).sum(), [x]), "E_SHAPE", /gradient of input 0 is float32\[\]/);
  const few = customVjp(
    (t: Tensor) => t.mul(2),
    () => [],
  );
  refuses(() => grad(few(x).sum(), [x]), "E_SHAPE", /0 gradients for 1 inputs/);
});
