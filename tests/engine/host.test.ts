import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  cholesky,
  compile,
  eye,
  grad,
  inverse,
  OnnxEngine,
  ReferenceEngine,
  runtime,
  slogdet,
  svd,
  tensor,
  useEngine,
  type Engine,
  type Graph,
  type Program,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

/** An engine that tells what it was given. */
class Watched implements Engine {
  readonly graphs: Graph[] = [];
  readonly name = "watched";
  readonly device = "cpu";
  readonly #inner = new OnnxEngine({ threads: 1 });

  compile(graph: Graph): Promise<Program> {
    this.graphs.push(graph);
    return this.#inner.compile(graph);
  }
  upload: Engine["upload"] = (array) => this.#inner.upload(array);
  download: Engine["download"] = (storage) => this.#inner.download(storage);
  memory: Engine["memory"] = () => this.#inner.memory();
}

async function withEngine<T extends Engine>(engine: T, run: (engine: T) => Promise<void>): Promise<void> {
  const before = runtime().engine;
  useEngine(engine);
  try {
    await run(engine);
  } finally {
    useEngine(before);
  }
}

const SIZE = 40;
const wave = (seed: number): Tensor =>
  tensor(
    Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(seed + 1.3 * i)),
    { shape: [SIZE, SIZE] },
  );

/** A positive definite matrix that a program computes. */
const gram = (x: Tensor): Tensor => add(x.matmul(x, { transB: true }), eye(SIZE));

test("an expression with decompositions in its middle becomes program, host, program", () =>
  withEngine(new Watched(), async ({ graphs }) => {
    const [a, b] = [gram(wave(1)), gram(wave(2))];
    const y = cholesky(a).matmul(cholesky(b)).mul(2).sum();
    const got = await y.item();
    const names = graphs.map(({ nodes }) => nodes.map(({ op }) => op.name));
    assert.equal(names.length, 2, JSON.stringify(names));
    assert.ok(names.flat().every((name) => name !== "cholesky"));
    await withEngine(new ReferenceEngine(), async () => {
      const again = cholesky(gram(wave(1)))
        .matmul(cholesky(gram(wave(2))))
        .mul(2)
        .sum();
      assert.ok(Math.abs((await again.item()) - got) < 1e-4 * Math.abs(got));
    });
  }));

test("decompositions of decompositions are computed in order", async () => {
  const a = gram(wave(3));
  const again = inverse(inverse(a));
  const [got, want] = [await again.data(), await a.data()];
  got.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(want[i])) < 1e-3));
});

test("all results of a decomposition are there when one was asked for", async () => {
  const { u, s, vt } = svd(gram(wave(4)));
  await s.data();
  assert.ok(u.storage && vt.storage);
});

test("gradients go through programs and host alike", async () => {
  const x = wave(5);
  const [dx] = grad(slogdet(gram(x)).logAbs, [x]);
  // d ln det(XXᵀ + I) = 2 (XXᵀ + I)⁻¹ X
  const want = await inverse(gram(x)).matmul(x).mul(2).data();
  (await dx.data()).forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(want[i])) < 1e-5));
});

test("a compiled function with a decomposition is refused, naming it and the line", async () => {
  for (const x of [wave(6), eye(2)]) {
    const error = await refused("E_ENGINE", () => compile((a: Tensor) => cholesky(a).sum())(x));
    assert.match(error.sentence, /cholesky runs on the host between programs/);
    assert.match(error.where, /host\.test\.[jt]s:\d+/);
  }
});
