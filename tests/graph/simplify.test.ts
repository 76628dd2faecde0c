import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  applyAll,
  attention,
  capture,
  crossEntropy,
  full,
  gather,
  gelu,
  grad,
  layerNorm,
  matmul,
  mul,
  ones,
  OPS,
  Random,
  reshape,
  rmsNorm,
  scatterAdd,
  silu,
  softmax,
  tensor,
  zeros,
  type AnyOp,
  type Tensor,
} from "gradlab";
import { leafOf, sampleValues } from "../ops/sample-inputs.js";
import { countOps, doubles, near, simplified, unsimplified } from "./values.js";

async function sameValues(what: string, tensors: readonly Tensor[], tolerance = 1e-12): Promise<void> {
  const [got, want] = [await simplified(tensors), await unsimplified(tensors)];
  want.forEach((values, i) => near(`${what} ${i}`, got[i], values, tolerance));
}

for (const op of Object.values(OPS) as unknown as AnyOp[]) {
  test(`simplify keeps the values of ${op.name}, alone and between scales, shifts and views`, async () => {
    for (const sample of op.samples()) {
      const random = new Random(3);
      const leaves = sample.inputs.map((input) => leafOf(input, sampleValues(input, random)));
      const outputs = applyAll(op, leaves, sample.attrs);
      await sameValues(op.name, outputs);
      const floats = leaves.map((x) => (x.dtype === "float32" ? x.mul(2).add(0).mul(1).mul(0.5) : x));
      const dressed = applyAll(op, floats, sample.attrs).map((y) =>
        y.dtype === "float32" ? add(0, mul(3, y)).reshape([-1]).mul(1) : y,
      );
      await sameValues(`${op.name} dressed`, dressed, 2e-7);
    }
  });
}

const x = doubles([2, 3, 4], 1);
const w = doubles([4, 4], 2);
const table = doubles([5, 4], 3);
const ids = tensor([[1, 4, 1]], { dtype: "int32" });

const COMPOSITIONS: Readonly<Record<string, () => Tensor>> = {
  scales: () => matmul(x.mul(0.5), w.mul(4)).mul(0.25),
  "both operands scaled": () => matmul(mul(2, x), mul(w, 3), { alpha: 0.5 }).mul(2),
  "a shared product": () => {
    const p = matmul(x, w);
    return p.mul(2).add(p);
  },
  "a biased product": () => matmul(x, w, { bias: doubles([4], 9) }).mul(3),
  "repeated rows": () => gather(table, ids).mul(gather(table, ids)).add(1),
  norms: () => rmsNorm(layerNorm(x, doubles([4], 4), doubles([4], 5)), doubles([4], 6)),
  "gates and softmax": () => softmax(silu(x).mul(gelu(x, { approximate: "tanh" }))),
  heads: () =>
    attention(...([7, 8, 9].map((seed) => doubles([1, 3, 2, 4], seed)) as [Tensor, Tensor, Tensor])),
  "constants only": () => full([2, 2], 3, "float64").mul(2).add(1).reshape([4]).div(7),
};

for (const [name, build] of Object.entries(COMPOSITIONS)) {
  test(`simplify keeps values and gradients of a composition: ${name}`, async () => {
    const y = build();
    const leaves = [x, w, table];
    await sameValues(name, [y, ...grad(y.mul(y).sum(), leaves)]);
  });
}

test("a whole loss and its gradients survive simplification", async () => {
  const logits = matmul(rmsNorm(gather(table, ids), ones([4], "float64")), table, { transB: true });
  const loss = crossEntropy(reshape(logits, [3, 5]), tensor([0, 2, 4], { dtype: "int32" }));
  await sameValues("loss", [loss, ...grad(loss, [table])]);
});

test("equal subgraphs are computed once, different ones are not merged", () => {
  const twice = capture([x.exp().add(x.exp())]);
  assert.deepEqual(countOps(twice), { exp: 1, add: 1 });
  assert.deepEqual(countOps(capture([x.slice(0, 1).sum(), x.slice(1, 2).sum()])), { slice: 2, sum: 2 });
  assert.deepEqual(countOps(capture([x.exp().add(x.sin())])), { exp: 1, sin: 1, add: 1 });
});

test("constants that JSON cannot tell apart stay apart", async () => {
  const t = tensor([1, -2]);
  const clamp = (value: number): Tensor => t.minimum(value);
  const [top, bottom, nan] = await simplified([clamp(Infinity), clamp(-Infinity), clamp(NaN)]);
  assert.deepEqual([...top, ...bottom, ...nan], [1, -2, -Infinity, -Infinity, NaN, NaN]);
  const signs = await simplified([full([1], 1).div(full([1], 0)), full([1], 1).div(full([1], -0))]);
  assert.deepEqual(
    signs.map(([value]) => value),
    [Infinity, -Infinity],
  );
  const keys = [Infinity, -Infinity, NaN, 0, -0].map((value) => capture([clamp(value)]).key);
  assert.equal(new Set(keys).size, 5);
});

test("arithmetic on constants is done once, before anything runs", () => {
  const graph = capture([x.add(full([], 2, "float64").mul(3).add(1).sqrt())]);
  assert.deepEqual(countOps(graph), { add: 1, constant: 1 });
  const constant = graph.nodes.find((node) => node.op.name === "constant")!;
  assert.equal(constant.attrs.value, Math.sqrt(7));
});

test("integer quotients have no fraction, on small tensors and large ones, folded or not", async () => {
  for (const length of [3, 4096]) {
    const seven = tensor(new Int32Array(length).fill(-7));
    const quotients = [seven, full([length], -7, "int32")].map((x) =>
      x
        .div(2)
        .mul(2)
        .mul(tensor(new Int32Array(length).fill(1))),
    );
    for (const quotient of quotients) assert.equal((await quotient.data())[2], -6, `${length} values`);
  }
});

test("neutral operands disappear, unless they stretch the other", () => {
  const kept = capture([x.add(0).mul(1).sub(0).div(1)]);
  assert.deepEqual([kept.nodes.length, kept.outputs[0].node], [0, x.node]);
  assert.deepEqual(capture([add(0, mul(1, x))]).nodes.length, 0);
  const stretched = capture([tensor([1, 2]).add(zeros([3, 2]))]);
  assert.deepEqual([stretched.outputs[0].shape, countOps(stretched).add], [[3, 2], 1]);
  // 0 − x and 1 / x are not x.
  assert.equal(countOps(capture([full([], 0, "float64").sub(x)])).sub, 1);
  assert.equal(countOps(capture([full([], 1, "float64").div(x)])).div, 1);
});

test("constant factors of operands and of the result move into the product", () => {
  const graph = capture([matmul(x.mul(0.5), mul(4, w)).mul(3)]);
  assert.deepEqual(countOps(graph), { matmul: 1 });
  assert.equal(graph.nodes[0].attrs.alpha, 6);
});

test("a factor stays outside where others read the product or a bias would be scaled with it", () => {
  const product = matmul(x, w);
  assert.deepEqual(countOps(capture([product.mul(2), product])), { matmul: 1, mul: 1, constant: 1 });
  const biased = capture([matmul(x, w, { bias: doubles([4], 9) }).mul(2)]);
  assert.deepEqual(countOps(biased), { matmul: 1, mul: 1, constant: 1 });
});

test("an addition moves into the accumulator that nobody else reads", async () => {
  const rows = doubles([1, 3, 4], 12);
  const fresh = (): Tensor => scatterAdd(zeros([5, 4], "float64"), ids, rows);
  const merged = table.add(fresh());
  assert.deepEqual(countOps(capture([merged])), { scatterAdd: 1 });
  const [got] = await simplified([merged]);
  const [want] = await unsimplified([merged]);
  near("accumulated", got, want, 1e-14);
  const shared = fresh();
  assert.equal(countOps(capture([table.add(shared), shared])).add, 1);
});
