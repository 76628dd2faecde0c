import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  evaluate,
  fingerprint,
  mul,
  runtime,
  split,
  tensor,
  Variable,
  hostArray,
  type Tensor,
} from "gradlab";

const [a, b] = [tensor([1, 2, 3]), tensor([4, 5, 6])];
const keyOf = (...outputs: Tensor[]): string => fingerprint(outputs).key;

test("the same expression over other values of the same shape has the same key", () => {
  assert.equal(keyOf(add(a, mul(b, 2))), keyOf(add(b, mul(a, 2))));
  assert.deepEqual(
    fingerprint([add(a, mul(b, a))]).leaves.map((leaf) => leaf.node),
    [b, a].map((leaf) => leaf.node),
  );
});

test("whatever changes the program changes the key", () => {
  const [first, second] = split(tensor([[1, 2, 3, 4]]), [2, 2], 1);
  const keys = [
    keyOf(add(a, b)),
    keyOf(add(a, a)),
    keyOf(mul(a, b)),
    keyOf(mul(a, 2)),
    keyOf(mul(a, 3)),
    keyOf(mul(a, 0)),
    keyOf(mul(a, -0)),
    keyOf(mul(a, NaN)),
    keyOf(mul(a, Infinity)),
    keyOf(add(tensor([1, 2]), tensor([3, 4]))),
    keyOf(a.reshape([1, 3])),
    keyOf(a.reshape([3, 1])),
    keyOf(a.cast("int32")),
    keyOf(a.cast("float64")),
    keyOf(add(a, b), mul(a, b)),
    keyOf(mul(a, b), add(a, b)),
    keyOf(first),
    keyOf(second),
    keyOf(a, add(a, b)),
    keyOf(b, add(a, b)),
  ];
  assert.equal(new Set(keys).size, keys.length);
});

test("a plain loop finds its program again and reads present values", async () => {
  const w = new Variable(hostArray(Float32Array.of(1, 1, 1), [3]), "w");
  const x = tensor([1, 2, 3]);
  const losses: number[] = [];
  let made = 0;
  const current = runtime();
  const program = current.program.bind(current);
  current.program = (graph) => {
    made += 1;
    return program(graph);
  };
  try {
    for (let step = 0; step < 4; step++) {
      const loss = mul(w, x).sum();
      w.assign(add(w, 1));
      await evaluate([loss, w]);
      losses.push(await loss.item());
    }
  } finally {
    current.program = program;
  }
  assert.deepEqual(losses, [6, 12, 18, 24]);
  assert.equal(made, 1, "simplified and looked up once");
});

test("what was computed before is read, not computed again", async () => {
  const half = mul(a, 0.5);
  const first = add(half, b);
  await first.data();
  await half.data();
  assert.deepEqual([...(await add(half, b).data())], [4.5, 6, 7.5]);
  assert.deepEqual([...(await first.data())], [4.5, 6, 7.5]);
});
