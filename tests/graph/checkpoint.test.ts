import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import {
  capture,
  checkpoint,
  compile,
  dropout,
  foldIn,
  grad,
  matmul,
  mul,
  OnnxEngine,
  sum,
  tensor,
  Variable,
  type Engine,
  type Tensor,
} from "gradlab";
import { countOps, doubles, filled, near, row, simplified } from "./values.js";

const onnx: Engine = new OnnxEngine({ threads: 1 });

async function onOnnx(tensors: readonly Tensor[]): Promise<ArrayLike<number>[]> {
  const graph = capture(tensors);
  const results = await (await onnx.compile(graph)).run(graph.inputs.map((input) => input.storage!));
  return results.map((storage) => storage.array!.data as Float32Array);
}

type Wrap = (fn: (x: Tensor) => Tensor) => (x: Tensor) => Tensor;

const block =
  (w: Tensor) =>
  (x: Tensor): Tensor =>
    matmul(matmul(x, w).sin().exp(), w.transpose().cos());

test("values and gradients are the plain function's, bit by bit, by arguments and by what is read inside", async () => {
  const [x, w] = [
    tensor(filled(6, (i) => i / 7 - 0.4).data, { shape: [2, 3] }),
    tensor(filled(12, (i) => Math.sin(i)).data, { shape: [3, 4] }),
  ];
  const v = tensor(filled(12, (i) => Math.cos(i)).data, { shape: [3, 4] });
  const all = (wrap: Wrap): Tensor[] => {
    const y = wrap(block(v))(wrap(block(w))(x));
    return [y, ...grad(sum(mul(y, y)), [x, w, v])];
  };
  const [plain, again] = [await onOnnx(all((fn) => fn)), await onOnnx(all(checkpoint))];
  plain.forEach((values, i) => assert.deepEqual(again[i], values));
  assert.ok(Array.from(plain[2]).some((value) => Math.abs(value) > 1e-3));
});

test("the gradient computes everything inside a second time, also what depends on parameters alone", () => {
  const [x, w] = [doubles([2, 3], 1), doubles([3, 4], 2)];
  const count = (f: (x: Tensor) => Tensor): Record<string, number> =>
    countOps(capture(grad(sum(f(x).exp()), [x, w])));
  const [plain, again] = [count(block(w)), count(checkpoint(block(w)))];
  // Forward sin, exp and cos once; the copy has all of them once more.
  assert.equal(again.transpose - plain.transpose, 1);
  assert.equal(again.cos - plain.cos, 1);
  assert.equal(again.sin - plain.sin, 1);
  assert.equal(again.after, 2);
});

test("second derivatives through a checkpoint are those of the plain function", async () => {
  const [x, w] = [doubles([2, 3], 1), doubles([3, 4], 2)];
  const twice = (f: (x: Tensor) => Tensor): Tensor[] => {
    const [g] = grad(sum(f(x)), [x]);
    return grad(sum(mul(g, g)), [x, w]);
  };
  const [plain, again] = [await simplified(twice(block(w))), await simplified(twice(checkpoint(block(w))))];
  plain.forEach((values, i) => near(`derivative ${i}`, again[i], values, 1e-12));
});

test("several outputs, unused outputs, arguments passed through and checkpoints in checkpoints", async () => {
  const [x, z] = [doubles([3], 3), doubles([3], 4)];
  const inner = (t: Tensor): Tensor => t.exp().sin();
  const body = (f: (t: Tensor) => Tensor) => (a: Tensor, b: Tensor) => ({
    a,
    mixed: f(a).mul(b),
    unused: b.exp(),
  });
  const run = (fn: (a: Tensor, b: Tensor) => Record<"a" | "mixed" | "unused", Tensor>): Tensor[] => {
    const { a, mixed } = fn(x, z);
    return grad(a.mul(mixed).sum(), [x, z]);
  };
  const plain = await simplified(run(body(inner)));
  const again = await simplified(run(checkpoint(body(checkpoint(inner)))));
  plain.forEach((values, i) => near(`gradient ${i}`, again[i], values, 1e-12));
});

test("compiled steps with in-place updates of the parameters inside train alike, bit by bit", async () => {
  const train = async (wrap: Wrap) => {
    const weights = [0, 1, 2].map(
      (layer) =>
        new Variable({ ...filled(64 * 64, (i) => Math.sin(i + layer) / 8), shape: [64, 64] }, `w${layer}`),
    );
    const layers = weights.map((w) => wrap((x) => matmul(matmul(x, w).tanh(), w)));
    const step = compile((x: Tensor) => {
      const loss = layers
        .reduce((h, layer) => layer(h), x)
        .mul(0.1)
        .exp()
        .mean();
      grad(loss, weights).forEach((g, i) => weights[i].assign(weights[i].sub(g)));
      return loss;
    });
    const x = tensor(filled(64 * 64, (i) => Math.cos(i)).data, { shape: [64, 64] });
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) losses.push(await (await step(x)).item());
    return { losses, weights: await Promise.all(weights.map((w) => w.data())) };
  };
  const [plain, again] = [await train((fn) => fn), await train(checkpoint)];
  assert.deepEqual(again, plain);
  assert.ok(plain.losses[3] < plain.losses[0]);
});

test("a recomputed dropout has the mask of the forward pass, for keys from outside and made inside", async () => {
  const [x, w] = [tensor(filled(64, (i) => i / 64).data, { shape: [8, 8] }), row(8, (i) => 1 + i)];
  const key = tensor(Uint32Array.of(7, 9));
  const body = (h: Tensor): Tensor => dropout(dropout(h.mul(w).exp(), 0.5, key), 0.3, foldIn(key, 1));
  const all = (f: (h: Tensor) => Tensor): Tensor[] => {
    const y = f(x);
    return [y, ...grad(sum(mul(y, y)), [x, w])];
  };
  const [plain, again] = [await onOnnx(all(body)), await onOnnx(all(checkpoint(body)))];
  plain.forEach((values, i) => assert.deepEqual(again[i], values));
  const zeros = Array.from(plain[0]).filter((value) => value === 0).length;
  assert.ok(zeros > 10 && zeros < 64);
  const draws = (wrap: Wrap): number => countOps(capture(all(wrap(body)))).randomBits;
  assert.equal(draws(checkpoint), 2 * draws((fn) => fn));
});

interface Measured {
  readonly losses: readonly number[];
  readonly parameters: string;
  readonly peakBytes: number;
  readonly cpuMs: number;
}

test("a deep stack takes less than half of the memory, and trains alike, bit by bit", async (t) => {
  const script = join(import.meta.dirname, "children", "deep-stack.js");
  const measure = async (how: string): Promise<Measured> =>
    JSON.parse((await promisify(execFile)(process.execPath, [script, how])).stdout) as Measured;
  const [plain, again] = [await measure("plain"), await measure("checkpoint")];
  const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);
  t.diagnostic(`peak ${mib(plain.peakBytes)} → ${mib(again.peakBytes)} MiB above the start`);
  t.diagnostic(`processor time ${plain.cpuMs.toFixed(0)} → ${again.cpuMs.toFixed(0)} ms`);
  assert.deepEqual(again.losses, plain.losses);
  assert.equal(again.parameters, plain.parameters);
  assert.ok(again.peakBytes < plain.peakBytes / 2, `${mib(again.peakBytes)} of ${mib(plain.peakBytes)} MiB`);
});
