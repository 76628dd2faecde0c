import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  attention,
  capture,
  fromArray,
  fromNumbers,
  gelu,
  grad,
  hasKernels,
  layerNorm,
  matmul,
  OnnxEngine,
  Random,
  ReferenceEngine,
  rmsNorm,
  sizeOf,
  softmax,
  toNumbers,
  Tensor,
  writeOnnx,
  type Shape,
} from "gradlab";
import { Assembler, gemmKernel } from "gradlab/internal/engine/jit";

const skip = hasKernels() ? false : "this machine runs no kernels (x86-64 with AVX-512 on Linux or macOS)";
const ours = new OnnxEngine({ kernels: true });
const oracle = new ReferenceEngine();
const random = new Random(5);

const numbers = (shape: Shape, scale = 1): Tensor =>
  fromArray(
    fromNumbers(
      Float64Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
      shape,
      "float32",
    ),
  );

/** Runs on both engines and returns the kernels used; values must agree to `tolerance` of the largest. */
async function agrees(outputs: readonly Tensor[], tolerance: number): Promise<string[]> {
  const graph = capture(outputs);
  const feeds = graph.inputs.map((input) => input.storage!);
  const [got, want] = await Promise.all(
    [ours, oracle].map(async (engine) => (await engine.compile(graph)).run(feeds)),
  );
  got.forEach((storage, i) => {
    const [a, b] = [storage, want[i]].map(({ array }) => toNumbers(array!));
    const scale = b.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-30);
    b.forEach((x, at) => {
      const near = Math.abs(a[at] - x) <= tolerance * scale || Object.is(a[at], x);
      assert.ok(near, `output ${i}[${at}] is ${a[at]}, by definition ${x} (largest ${scale})`);
    });
  });
  return writeOnnx(graph, { kernels: true }).natives.map(({ name }) => name);
}

const PRODUCTS: readonly (readonly [batch: number, m: number, k: number, n: number])[] = [
  [1, 64, 64, 64],
  [1, 75, 129, 33],
  [1, 17, 900, 47],
  [1, 301, 8, 250],
  [1, 16, 1201, 16],
  [1, 40, 20, 700],
  [1, 1030, 25, 40],
  [1, 20, 30, 4200],
  [3, 57, 64, 57],
  [8, 37, 40, 65],
];

for (const [batch, m, k, n] of PRODUCTS) {
  for (const [transA, transB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    test(
      `a kernel multiplies ${batch} × [${m}, ${k}] · [${k}, ${n}], transposed: ${transA}, ${transB}`,
      { skip },
      async () => {
        const stack = batch > 1 ? [batch] : [];
        const a = numbers([...stack, ...(transA ? [k, m] : [m, k])]);
        const b = numbers([...stack, ...(transB ? [n, k] : [k, n])]);
        const used = await agrees([matmul(a, b, { transA, transB, alpha: 0.5, bias: numbers([n]) })], 3e-6);
        assert.equal(used.length, 1);
      },
    );
  }
}

test("a kernel multiplies a stack by one matrix", { skip }, async () => {
  const used = await agrees([matmul(numbers([4, 33, 64]), numbers([64, 50]), { bias: numbers([50]) })], 3e-6);
  assert.equal(used.length, 1);
});

type Chain = (x: Tensor, y: Tensor, row: Tensor, column: Tensor) => Tensor;

const CHAINS: Readonly<Record<string, Chain>> = {
  arithmetic: (x, y) => x.mul(y).sub(x).add(1).div(y.square().add(2)),
  "a number first": (x) => add(1, x.neg()).mul(0.5).sub(0.25),
  "broadcast columns": (x, _, row) => x.mul(row).add(row).exp(),
  "broadcast rows": (x, _, __, column) => x.sub(column).mul(column).abs(),
  functions: (x, y) => x.tanh().add(y.sigmoid()).add(x.exp().erf()).add(x.silu()).add(y.relu()),
  gelu: (x) => gelu(x).add(gelu(x, { approximate: "tanh" })),
  "sums of rows": (x, y) => x.sub(x.mul(y).sum({ axes: -1, keepDims: true }).mul(0.01)).square(),
  "sums of sums": (x) => {
    const centred = x.sub(x.mean({ axes: -1, keepDims: true }));
    return centred.div(centred.square().mean({ axes: -1, keepDims: true }).add(1e-3).sqrt());
  },
};

for (const width of [16, 17, 250, 512]) {
  for (const [name, chain] of Object.entries(CHAINS)) {
    test(`a chain is one kernel and equals its definition: ${name}, rows of ${width}`, { skip }, async () => {
      const shape = [Math.ceil(9000 / width), width];
      const column = numbers([shape[0], 1]);
      const used = await agrees([chain(numbers(shape), numbers(shape), numbers([width]), column)], 3e-6);
      assert.equal(used.length, 1, used.join());
    });
  }
}

const SQUARES: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "a row's sum weighs its row": (x) => x.mul(x.sum({ axes: -1, keepDims: true })).add(1),
  "a row's sum weighs a column": (x) => x.mul(x.sum({ axes: -1 })).add(1),
  "a mean without its axis weighs a column": (x) => x.sub(x.sum({ axes: -1 }).mul(1 / 80)).square(),
  "a column's number under a stack": (x) =>
    x
      .reshape([1, 80, 80])
      .mul(x.sum({ axes: -1 }))
      .neg()
      .exp(),
};

for (const [name, fn] of Object.entries(SQUARES)) {
  test(`where rows are as many as columns, shapes decide: ${name}`, { skip }, async () => {
    await agrees([fn(numbers([80, 80], 0.1))], 5e-6);
  });
}

const GRADIENTS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  gelu: (x) => gelu(x, { approximate: "tanh" }),
  "exact gelu": (x) => gelu(x),
  silu: (x) => x.silu().mul(x),
  softmax,
  layerNorm: (x) => layerNorm(x, numbers([x.shape[1]]), numbers([x.shape[1]])),
  rmsNorm: (x) => rmsNorm(x, numbers([x.shape[1]])),
};

for (const [name, fn] of Object.entries(GRADIENTS)) {
  test(`the gradient of ${name} in kernels equals its definition`, { skip }, async () => {
    const x = numbers([129, 67]);
    const [dx] = grad(fn(x).mul(numbers(x.shape)).sum(), [x]);
    const used = await agrees([dx], 5e-6);
    assert.ok(used.some((kernel) => kernel.startsWith("fused_")));
  });
}

test(
  "causal attention in kernels equals its definition, for heads of a group and rows of any length",
  { skip },
  async () => {
    const [q, k, v] = [numbers([2, 37, 4, 16]), numbers([2, 37, 2, 16]), numbers([2, 37, 2, 16])];
    const y = attention(q, k, v);
    const used = await agrees([y, ...grad(y.mul(numbers(y.shape)).sum(), [q, k, v])], 5e-6);
    assert.ok(used.some((kernel) => kernel.startsWith("softmax_")));
  },
);

/** The functions of kernels against double precision, over all that float32 can tell apart. */
const FUNCTIONS: Readonly<Record<string, readonly [(x: Tensor) => Tensor, (x: number) => number, number]>> = {
  exp: [(x) => x.exp(), Math.exp, 3e-7],
  tanh: [(x) => x.tanh(), Math.tanh, 5e-7],
  sigmoid: [(x) => x.sigmoid(), (x) => 1 / (1 + Math.exp(-x)), 4e-7],
};

for (const [name, [fn, exact, tolerance]] of Object.entries(FUNCTIONS)) {
  test(
    `${name} in a kernel is within ${tolerance} of its value, and right at the ends`,
    { skip },
    async () => {
      const grid = Float32Array.from({ length: 8192 }, (_, i) => (i - 4096) / 48);
      grid.set([Infinity, -Infinity, NaN, 0, -0, 1e-30, -1e-30, 200, -200]);
      const x = fromArray({ dtype: "float32", shape: [grid.length], data: grid });
      const graph = capture([fn(x).mul(1.0000001).mul(1)]);
      const [y] = await (await ours.compile(graph)).run(graph.inputs.map((input) => input.storage!));
      toNumbers(y.array!).forEach((value, i) => {
        const want = Math.fround(exact(grid[i]));
        const near = Math.abs(value - want) <= tolerance * Math.abs(want) + 1e-37 || Object.is(value, want);
        assert.ok(near, `${name}(${grid[i]}) is ${value}, should be ${want}`);
      });
    },
  );
}

test("results do not depend on the number of threads", { skip }, async () => {
  const [a, b] = [numbers([300, 500]), numbers([500, 400])];
  const y = gelu(matmul(a, b));
  const graph = capture([y, ...grad(y.sum(), [a, b])]);
  const bits = await Promise.all(
    [1, 2, 4].map(async (threads) => {
      const program = await new OnnxEngine({ threads }).compile(graph);
      const results = await program.run(graph.inputs.map((input) => input.storage!));
      return results.map(({ array }) => Buffer.from((array!.data as Float32Array).buffer).toString("base64"));
    }),
  );
  assert.deepEqual(bits[1], bits[0]);
  assert.deepEqual(bits[2], bits[0]);
});

test("kernels can be turned off", { skip }, async () => {
  const graph = capture([matmul(numbers([64, 64]), numbers([64, 64]))]);
  assert.equal(writeOnnx(graph).natives.length, 0);
  const program = await new OnnxEngine({ kernels: false }).compile(graph);
  assert.equal((await program.run(graph.inputs.map((input) => input.storage!))).length, 1);
});

test("a product of matrices beyond two gigabytes keeps its addresses whole", { skip }, () => {
  const shape = { batch: 1, m: 32_000, n: 64, k: 40_000, transA: true, transB: false, alpha: 1, bias: false };
  const code = new Assembler();
  gemmKernel(shape, [32_000, 64]).emit(code);
  assert.ok(code.finish().length > 0);
  assert.throws(() => new Assembler().addImmediate(0, 2 ** 33), /does not fit/);
});
