import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  applyAll,
  arange,
  attention,
  compile,
  concat,
  crossEntropy,
  dropout,
  expand,
  full,
  gather,
  GradlabError,
  grad,
  isFloat,
  layerNorm,
  matmul,
  OnnxEngine,
  OPS,
  pad,
  randomKey,
  reshape,
  rmsNorm,
  slice,
  softmax,
  split,
  sum,
  tensor,
  traceGraph,
  transpose,
  where,
  type AnyOp,
  type Engine,
  type Tensor,
} from "gradlab";
import { ReferenceEngine } from "gradlab";
import { assertSameForAllSizes, tokens, values, type Fn } from "./dynamic-values.js";

const onnx: Engine = new OnnxEngine({ threads: 1 });
const oracle: Engine = new ReferenceEngine();

const [W, D] = [6, 4];
const w = values([D, W], 31);
const gain = values([D], 32);
const scored = (y: Tensor): Tensor => y.mul(y.sin()).sum();
const withGradient =
  (f: Fn): Fn =>
  (...args) => {
    const ys = [f(...args)].flat();
    return [
      ...ys,
      ...grad(
        ys.map(scored).reduce((a, b) => add(a, b)),
        args.filter((x) => isFloat(x.dtype)),
      ),
    ];
  };

/** Functions of x [batch, time, 4] whose sizes enter by products, quotients, sums, slices, tables and masks. */
const FUNCTIONS: Readonly<Record<string, Fn>> = {
  "means over one axis, two and all": (x) => [x.mean({ axes: 1 }), x.mean({ axes: [0, 1] }), x.mean()],
  "rows of B·T": (x) => matmul(reshape(x, [-1, D]), w).exp(),
  "two symbolic axes in a reshape": (x) =>
    transpose(reshape(x, [x.shape[0], x.shape[1], 2, 2]), [0, 2, 1, 3]),
  "softmax over time": (x) => softmax(transpose(x, [0, 2, 1])),
  norms: (x) => [layerNorm(x, gain, gain), rmsNorm(x, gain)],
  "positions added": (x) =>
    x.add(expand(reshape(arange(x.shape[1], { dtype: "float32", step: 0.1 }), [-1, 1]), [x.shape[1], D])),
  "T + 2 by padding, T + 1 by concatenation": (x) => [
    pad(x, { axis: 1, before: 2, after: 0 }),
    concat([x, full([x.shape[0], 1, D], 0.5)], 1),
  ],
  "slices from both ends": (x) => [
    slice(x, 1, x.shape[1], 1),
    slice(x, 0, x.shape[1] - 2, 1),
    slice(x, -1, undefined, 1),
  ],
  "shifted differences": (x) =>
    slice(x, 1, undefined, 1)
      .sub(slice(x, 0, -1, 1))
      .mean(),
  "a matrix of T × T": (x) => softmax(matmul(x, x, { transB: true, alpha: 0.5 })),
  "causal attention with two groups": (x) => {
    const heads = reshape(x, [x.shape[0], x.shape[1], 4, 1]);
    return attention(heads, slice(heads, 0, 2, 2), slice(heads, 2, 4, 2));
  },
  "attention within a window": (x) => {
    const heads = reshape(x, [x.shape[0], x.shape[1], 2, 2]);
    return [attention(heads, heads, heads, { window: 2 }), attention(heads, heads, heads, { causal: false })];
  },
  "a mask of positions": (x) => {
    const at = arange(x.shape[1], { dtype: "float32" });
    return where(reshape(at, [-1, 1]).less(2), x, x.mul(0.5));
  },
  "an unbiased variance: 1/(N − 1)": (x) => {
    const centred = x.sub(x.mean());
    return centred
      .mul(centred)
      .sum()
      .mul(1 / (x.shape[0] * x.shape[1] * D - 1));
  },
  "halves of the last axis": (x) => split(x, [1, 3]).map((part) => part.mul(x.shape[1])),
};

const AXES = { dynamicAxes: [["batch", "time", null]] };
const SIZES = [
  [2, 8],
  [3, 5],
  [1, 4],
  [7, 11],
] as const;

for (const [name, f] of Object.entries(FUNCTIONS)) {
  test(`one program for all sizes: ${name}`, async () => {
    const calls = SIZES.map(([batch, time]) => [values([batch, time, D], batch + time)]);
    await assertSameForAllSizes(oracle, withGradient(f), calls, AXES);
    await assertSameForAllSizes(onnx, f, calls, AXES);
    // Where a static program folds 1/N into a product, the last digits may differ.
    await assertSameForAllSizes(onnx, withGradient(f), calls, AXES, 2e-6);
    await assertSameForAllSizes(onnx, withGradient(f), calls.slice(0, 1), AXES);
  });
}

test("losses and lookups of B·T rows", async () => {
  const table = values([9, D], 5);
  const f: Fn = (ids, targets) => {
    const x = reshape(gather(table, ids), [-1, D]);
    const loss = crossEntropy(matmul(x, w), reshape(targets, [-1]));
    return [loss, ...grad(loss, [table])];
  };
  const calls = SIZES.map(([batch, time]) => [tokens([batch, time], 9), tokens([batch, time], W, 2)]);
  const axes = {
    dynamicAxes: [
      ["batch", "time"],
      ["batch", "time"],
    ],
  };
  await assertSameForAllSizes(oracle, f, calls, axes);
  await assertSameForAllSizes(onnx, f, calls, axes, 1e-6);
  await assertSameForAllSizes(onnx, f, calls.slice(0, 1), axes);
});

test("random bits and dropout are those of a fixed size", async () => {
  const f: Fn = (x) => [
    dropout(x, 0.5, randomKey(3)),
    ...grad(sum(dropout(x.exp(), 0.2, randomKey(4))), [x]),
  ];
  const axes = { dynamicAxes: [["rows", null]] };
  await assertSameForAllSizes(onnx, f, [[values([4, 8])], [values([3, 8])]], axes);
  await assertSameForAllSizes(onnx, f, [[values([4, 6])], [values([3, 6])]], axes);
});

test("sizes at which the function does other work get programs of their own", async () => {
  const f = (x: Tensor): Tensor => (x.shape[0] > 4 ? x.exp().sum() : x.sin().sum());
  const [one, each] = [compile(f, { dynamicAxes: [["n"]] }), compile(f)];
  for (const n of [8, 3, 5, 4, 30, 3])
    assert.equal(await (await one(values([n]))).item(), await (await each(values([n]))).item());
});

test("sums of two symbols, and one symbol for two axes", async () => {
  await assertSameForAllSizes(
    onnx,
    (a, b) => [concat([a, b]).mul(2), sum(concat([a, a, b])).mul(1 / (2 * a.shape[0] + b.shape[0]))],
    [
      [values([3]), values([5])],
      [values([6]), values([2])],
    ],
    { dynamicAxes: [["n"], ["m"]] },
  );
  await assertSameForAllSizes(
    onnx,
    (a) => [matmul(a, a), a.sum({ axes: 0 })],
    [[values([3, 3])], [values([8, 8])]],
    { dynamicAxes: [["n", "n"]] },
  );
});

// Every op that a program can hold, with every axis of its samples symbolic that its attributes allow.
const done: string[] = [];
const fixed: string[] = [];
for (const op of (Object.values(OPS) as unknown as AnyOp[]).filter(
  ({ traits }) => !traits.includes("host"),
)) {
  test(`${op.name} at symbolic sizes`, async () => {
    for (const sample of op.samples().filter(({ inputs }) => inputs.length > 0)) {
      const dims = [...new Set(sample.inputs.flatMap(({ shape }) => shape))].filter((dim) => dim > 1);
      const axes = sample.inputs.map(({ shape }) => shape.map((dim) => (dim > 1 ? `d${dim}` : null)));
      const f: Fn = (...args) => applyAll(op, args, sample.attrs);
      const argsAt = (scale: number): Tensor[] =>
        sample.inputs.map(({ shape, dtype, values: given, low = -2, high = 2 }, i) => {
          const grown = shape.map((dim) => (dim > 1 ? dim * scale : dim));
          const drawn = values(grown, i + 3);
          const data = drawn.storage!.array!.data as Float32Array;
          const whole = (x: number): number => (isFloat(dtype) ? x : Math.round(x));
          const at = (x: number, j: number): number =>
            given ? given[j % given.length] : whole(low + ((x + 1) / 2) * (high - low));
          return tensor([...data].map(at), { shape: grown, dtype });
        });
      try {
        await onnx.compile(await traceGraph(f, argsAt(1), { dynamicAxes: axes }));
      } catch (error) {
        // Attributes of the op or of the library's operator hold sizes (reshape to [3, 4], a kernel's width).
        assert.ok(error instanceof GradlabError && error.code !== "E_ENGINE", String(error));
        fixed.push(op.name);
        continue;
      }
      if (dims.length === 0) continue;
      done.push(op.name);
      await assertSameForAllSizes(onnx, f, [argsAt(1), argsAt(2), argsAt(3)], { dynamicAxes: axes });
    }
  });
}

test("most ops were tried at symbolic sizes", (t) => {
  const tried = new Set(done);
  t.diagnostic(
    `${tried.size} ops tried; at one size only: ${[...new Set(fixed)].filter((name) => !tried.has(name)).join(", ")}`,
  );
  assert.ok(tried.size > 40);
});

const refuses = (run: () => Promise<unknown>, code: string, text: RegExp): Promise<void> =>
  assert.rejects(run, (error: GradlabError) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  });

test("what does not follow from the sizes in a known way is refused, with the op and the line", async () => {
  const time = { dynamicAxes: [["time"]] };
  const x = values([12]);
  const on = (f: (x: Tensor) => Tensor) => () => compile(f, time)(x);
  const here = /dynamic-axes\.test/;
  await refuses(
    on((t) => t.mul(Math.log(t.shape[0]))),
    "E_SYMBOLIC",
    /constant takes a number/,
  );
  await refuses(
    on((t) => t.mul(Math.log(t.shape[0]))),
    "E_SYMBOLIC",
    here,
  );
  const table = on((t) => t.add(tensor(Float32Array.from({ length: t.shape[0] }, (_, i) => i))));
  await refuses(table, "E_SYMBOLIC", /tensor of given values, float32\[\d+\].*add reads it/);
  await refuses(table, "E_SYMBOLIC", here);
  await refuses(
    on((t) => t.mul(tensor([1 / t.shape[0]]))),
    "E_SYMBOLIC",
    /tensor of given values, float32\[1\]/,
  );
  await refuses(
    on((t) => (t.shape[0] > 100 ? t.exp() : t.sin())),
    "E_SYMBOLIC",
    /does other work/,
  );
  await refuses(
    on((t) => layerNorm(reshape(t, [1, -1]), full([t.shape[0]], 1), full([t.shape[0]], 0), 1 / t.shape[0])),
    "E_SYMBOLIC",
    /layerNorm.*epsilon of LayerNormalization is 1\/\(time\)/,
  );
});

test("an axis named as a sum is as long as the others together", async () => {
  const joined = (a: Tensor, b: Tensor, both: Tensor): Tensor => concat([a, b]).mul(both);
  const dynamicAxes = [["n"], ["m"], ["n + m"]];
  const calls = [
    [values([3]), values([5]), values([8])],
    [values([6]), values([1]), values([7])],
  ];
  await assertSameForAllSizes(onnx, joined, calls, { dynamicAxes });
  const f = compile(joined, { dynamicAxes });
  assert.deepEqual((await f(values([2]), values([2]), values([4]))).shape, [4]);
  await refuses(() => f(values([2]), values([2]), values([5])), "E_SHAPE", /its axis is not n \+ m/);
  const alone = compile((a: Tensor) => a.exp(), { dynamicAxes: [["n + m"]] });
  await refuses(() => alone(values([4])), "E_SHAPE", /its axis is not n \+ m/);
});

test("sizes of a call that do not fit are refused in words", async () => {
  const f = compile((a: Tensor, b: Tensor) => slice(a, 0, 4).sum().add(b.sum()), {
    dynamicAxes: [["n"], ["n"]],
    maxSizes: { n: 64 },
  });
  assert.ok(Number.isFinite(await (await f(values([5]), values([5]))).item()));
  await refuses(() => f(values([5]), values([6])), "E_SHAPE", /axis n is not the 5/);
  await refuses(() => f(values([65]), values([65])), "E_SHAPE", /beyond maxSizes\.n = 64/);
  await refuses(() => f(values([3]), values([3])), "E_INDEX", /slice: 0…4 lies outside axis 0 of \[3\]/);
  await refuses(() => f(values([5, 1]), values([5])), "E_SHAPE", /dynamicAxes names 1 axes/);
  const tight = compile((a: Tensor) => a.exp(), { dynamicAxes: [["n"]], maxSizes: { n: 4 } });
  await refuses(() => tight(values([3])), "E_SYMBOLIC", /too few sizes/);
});
