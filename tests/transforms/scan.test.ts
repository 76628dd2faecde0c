import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  arange,
  compile,
  concat,
  customVjp,
  GradlabError,
  grad,
  hessianVectorProduct,
  matmul,
  OnnxEngine,
  reshape,
  runtime,
  scan,
  slice,
  sum,
  tensor,
  traceGraph,
  useEngine,
  Variable,
  type Tensor,
} from "gradlab";
import { assertSameForAllSizes, values } from "../engine/dynamic-values.js";
import { doubles, filled, near, simplified } from "../graph/values.js";
import { assertClose, computeOn, ENGINES, leaf, readGolden, type GoldenTensor } from "../nn/golden.js";

const onnx = new OnnxEngine({ threads: 1 });

interface Rnn {
  readonly inputs: Readonly<Record<"x" | "h0" | "wx" | "wh" | "b", GoldenTensor>>;
  readonly cotangents: Readonly<Record<"y" | "last", GoldenTensor>>;
  readonly y: GoldenTensor;
  readonly last: GoldenTensor;
  readonly loss: GoldenTensor;
  readonly grads: Readonly<Record<"x" | "h0" | "wx" | "wh" | "b", GoldenTensor>>;
}
const golden = readGolden("scan.json").rnn as unknown as Rnn;

type Weights = Readonly<Record<"wx" | "wh" | "b", Tensor>>;

const step =
  ({ wx, wh, b }: Weights) =>
  (h: Tensor, x: Tensor): Tensor =>
    matmul(x, wx).add(matmul(h, wh)).add(b).tanh();

/** The recurrent network as a loop inside the program. */
function looped(w: Weights, h0: Tensor, x: Tensor): [Tensor, Tensor] {
  return scan(
    (h: Tensor, at: Tensor) => {
      const next = step(w)(h, at);
      return [next, next] as const;
    },
    h0,
    x,
  );
}

/** The same with a copy of the step for each slice. */
function unrolled(w: Weights, h0: Tensor, x: Tensor): [Tensor, Tensor] {
  let h = h0;
  const states: Tensor[] = [];
  for (let t = 0; t < x.shape[0]; t++) {
    h = step(w)(h, reshape(slice(x, t, t + 1), x.shape.slice(1)));
    states.push(reshape(h, [1, ...h.shape]));
  }
  return [h, concat(states)];
}

for (const { title, engine, tolerance } of ENGINES) {
  test(`${title}: a recurrent network by scan has PyTorch's states and gradients`, async () => {
    const { x, h0, ...w } = Object.fromEntries(
      Object.entries(golden.inputs).map(([name, value]) => [name, leaf(value)]),
    ) as Record<keyof Rnn["inputs"], Tensor>;
    const [last, y] = looped(w, h0, x);
    const loss = sum(y.mul(leaf(golden.cotangents.y))).add(sum(last.mul(leaf(golden.cotangents.last))));
    const names = ["x", "h0", "wx", "wh", "b"] as const;
    const gradients = grad(loss, [x, h0, w.wx, w.wh, w.b]);
    const got = await computeOn(engine, [y, last, loss, ...gradients]);
    const want = [golden.y, golden.last, golden.loss, ...names.map((name) => golden.grads[name])];
    want.forEach(({ data }, i) => assertClose(`output ${i}`, got[i], data, tolerance, tolerance));
  });
}

const parts = (): { w: Weights; h0: Tensor; x: Tensor } => ({
  w: { wx: doubles([3, 4], 1), wh: doubles([4, 4], 2), b: doubles([4], 3) },
  h0: doubles([2, 4], 4),
  x: doubles([5, 2, 3], 5),
});

test("a scan equals its unrolled loop: values, gradients, second derivatives", async () => {
  const { w, h0, x } = parts();
  const all = (f: typeof looped): Tensor[] => {
    const scalar = (wh: Tensor, start: Tensor): Tensor => {
      const [last, y] = f({ ...w, wh }, start, x);
      return y.mul(y).mul(y).sum().add(last.exp().sum());
    };
    return [
      scalar(w.wh, h0),
      ...grad(scalar, { argnums: [0, 1] })(w.wh, h0),
      ...hessianVectorProduct(scalar, [w.wh, h0], [doubles([4, 4], 6), doubles([2, 4], 7)]),
    ];
  };
  const [loop, copies] = [await simplified(all(looped)), await simplified(all(unrolled))];
  copies.forEach((want, i) => near(`output ${i}`, loop[i], want, 1e-10));
});

test("second derivatives run on the onnx engine too", async () => {
  const f = (wh: Tensor): Tensor =>
    looped({ wx: values([3, 4], 1), wh, b: values([4], 3) }, values([2, 4], 4), values([5, 2, 3], 5))[1]
      .exp()
      .sum();
  const wh = values([4, 4], 2);
  const hv = hessianVectorProduct(f, [wh], [values([4, 4], 9)]);
  const [got] = await computeOn(onnx, hv);
  const [want] = await simplified(hv);
  assertClose("Hv", got, want, 1e-5);
});

test("carries and results of any arrangement, integers among them, forwards and backwards", async () => {
  const xs = { a: tensor([1, 2, 3, 4]), i: arange(4) };
  for (const reverse of [false, true]) {
    const [carry, y] = scan(
      (c: { total: Tensor; count: Tensor }, { a, i }: { a: Tensor; i: Tensor }) => [
        { total: c.total.mul(0.5).add(a), count: c.count.add(i) },
        [c.total, i.mul(2)],
      ],
      { total: tensor(0), count: tensor(0, { dtype: "int32" }) },
      xs,
      { reverse },
    );
    const got = await computeOn(onnx, [carry.total, carry.count, ...y]);
    const order = reverse ? [4, 3, 2, 1] : [1, 2, 3, 4];
    const before: number[] = [];
    const total = order.reduce((sum, a) => {
      before.push(sum);
      return sum / 2 + a;
    }, 0);
    assert.deepEqual([...got[0]], [total]);
    assert.deepEqual([...got[1]], [6]);
    assert.deepEqual([...got[2]], reverse ? before.reverse() : before);
    assert.deepEqual([...got[3]], [0, 2, 4, 6]);
    const [dx] = await computeOn(onnx, grad(carry.total, [xs.a]));
    assert.deepEqual([...dx], reverse ? [1, 0.5, 0.25, 0.125] : [0.125, 0.25, 0.5, 1]);
  }
});

test("a scan inside a scan, and gradients of one's own inside the step", async () => {
  const x = doubles([3, 4], 1);
  const w = doubles([4], 2);
  const halved = customVjp(
    (t: Tensor) => t.mul(2),
    (g) => [g],
  );
  const inner = (start: Tensor, row: Tensor): Tensor =>
    scan((c: Tensor, v: Tensor) => [c.add(halved(v)).sin(), []] as const, start, row)[0];
  const outer = (rows: Tensor, weights: Tensor): Tensor =>
    scan((c: Tensor, row: Tensor) => [inner(c, row.mul(weights)), []] as const, doubles([], 3), rows)[0];
  const unrolledSum = (rows: Tensor, weights: Tensor): Tensor => {
    let c = doubles([], 3);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 4; j++) {
        const v = reshape(slice(slice(rows, i, i + 1), j, j + 1, 1), []).mul(
          reshape(slice(weights, j, j + 1), []),
        );
        c = c.add(halved(v)).sin();
      }
    return c;
  };
  const all = (f: typeof outer): Tensor[] => [f(x, w), ...grad(f, { argnums: [0, 1] })(x, w)];
  const [got, want] = [await simplified(all(outer)), await simplified(all(unrolledSum))];
  want.forEach((value, i) => near(`output ${i}`, got[i], value, 1e-10));
  const [plain] = await simplified([x.mul(2).sum()]);
  assert.ok(plain.every(Number.isFinite) && got[1].some((g) => Math.abs(g) > 1e-3));
});

test("a compiled training step with parameters inside the loop: one program, no larger for longer sequences", async () => {
  useEngine(new OnnxEngine({ threads: 1 }));
  const train = async (f: typeof looped): Promise<readonly ArrayLike<number>[]> => {
    const parameter = (name: string, shape: readonly number[], seed: number): Variable =>
      new Variable(values(shape, seed).mul(0.2), name);
    const w = {
      wx: parameter("wx", [8, 32], 1),
      wh: parameter("wh", [32, 32], 2),
      b: parameter("b", [32], 3),
    };
    const all = Object.values(w);
    const update = compile((x: Tensor, h0: Tensor) => {
      const [last] = f(w, h0, x);
      const loss = last.mul(last).mean();
      grad(loss, all).forEach((g, i) => all[i].assign(all[i].sub(g.mul(0.1))));
      return loss;
    });
    const losses: number[] = [];
    for (const p of all) await p.settle();
    const before = runtime().engine.memory().programs;
    for (let i = 0; i < 4; i++)
      losses.push(await (await update(values([16, 4, 8], 4), values([4, 32], 5))).item());
    assert.ok(losses[3] < losses[0]);
    assert.equal(runtime().engine.memory().programs - before, 1);
    return [losses, ...(await Promise.all(all.map((p) => p.data() as Promise<Float32Array>)))];
  };
  const [loop, copies] = [await train(looped), await train(unrolled)];
  copies.forEach((want, i) => assertClose(`parameter ${i}`, loop[i], want, 1e-4));
  const size = async (length: number): Promise<number> =>
    (await traceGraph((x: Tensor) => looped(parts().w, parts().h0, x)[0], [doubles([length, 2, 3], 1)])).nodes
      .length;
  assert.equal(await size(100), await size(3));
});

test("the length may be symbolic, and equal loops are one program", async () => {
  const w = { wx: values([3, 4], 1), wh: values([4, 4], 2), b: values([4], 3) };
  await assertSameForAllSizes(
    onnx,
    (x, h0) => {
      const [last, y] = looped(w, h0, x);
      return [last, y, ...grad(add(y.mean(), last.sum()), [x, h0, w.wh])];
    },
    [
      [values([8, 4, 3], 1), values([4, 4], 2)],
      [values([5, 2, 3], 3), values([2, 4], 4)],
    ],
    {
      dynamicAxes: [
        ["time", "batch", null],
        ["batch", null],
      ],
    },
    2e-6,
  );
  const key = async (): Promise<string> =>
    (await traceGraph((x: Tensor) => looped(w, values([2, 4]), x)[0], [values([5, 2, 3])])).key;
  assert.equal(await key(), await key());
});

test("what does not fit is refused in words", () => {
  const refuses = (run: () => unknown, text: RegExp): void =>
    assert.throws(run, (error: GradlabError) => error.code === "E_SHAPE" && text.test(error.message));
  const x = tensor(filled(3, (i) => i).data);
  refuses(
    () => scan((c: Tensor, v: Tensor) => [concat([c, reshape(v, [1])]), []] as const, x, x),
    /float32\[3\] before a step and float32\[4\] after/,
  );
  refuses(() => scan((c: Tensor) => [c, []] as const, x, [x, tensor([1, 2])]), /differ in length/);
  refuses(() => scan((c: Tensor) => [c, []] as const, x, tensor(1)), /needs sequences/);
});
