import assert from "node:assert/strict";
import { test } from "node:test";
import {
  binaryCrossEntropy,
  contrastiveLoss,
  cosineSimilarity,
  crossEntropy,
  embedding,
  geGLU,
  glu,
  grad,
  groupNorm,
  huberLoss,
  ids,
  klDivergence,
  logSoftmax,
  mseLoss,
  reGLU,
  smoothL1Loss,
  swiGLU,
  tensor,
  zeros,
  type Tensor,
} from "gradlab";
import { testGolden, type Layer } from "../nn/golden-layers.js";

const PAIRS = {
  binaryCrossEntropy,
  contrastiveLoss,
  cosineSimilarity,
  geGLU,
  glu,
  huberLoss,
  klDivergence,
  mseLoss,
  reGLU,
  smoothL1Loss,
  swiGLU,
};

/** The function that a case's attrs name, on its inputs and options. */
const named: Layer = (inputs, { f, groups, ...options }) => {
  const { logits, targets, weights, positiveWeight, scale, x, y, ids: rows, gain, bias } = inputs;
  if (f === "crossEntropy") return crossEntropy(logits, targets, { ...options, weights });
  if (f === "groupNorm") return groupNorm(x, groups as number, gain, bias);
  if (f === "embedding") return embedding(x, rows, options);
  const loss = PAIRS[f as keyof typeof PAIRS] as (x: Tensor, y: Tensor, options: object) => Tensor;
  return loss(x, y, { ...options, ...(scale && { scale }), ...(weights && { weights, positiveWeight }) });
};

testGolden("losses.json", () => named);

test("a huge logit neither overflows a binary loss nor hides its gradient", async () => {
  const x = tensor([200, -200]);
  const loss = binaryCrossEntropy(x, tensor([0, 1]), { reduction: "sum" });
  assert.equal(await loss.item(), 400);
  assert.deepEqual([...(await grad(loss, [x])[0].data())], [1, -1]);
});

test("the logarithm of a vanishing probability is finite", async () => {
  assert.deepEqual([...(await logSoftmax(tensor([0, 1000])).data())], [-1000, 0]);
});

test("a cross-entropy over no position is 0/0", async () => {
  const loss = crossEntropy(zeros([2, 3]), ids([[7, 7]]).reshape([2]), { ignoreIndex: 7 });
  assert.ok(Number.isNaN(await loss.item()));
});

test("a padding row is read but not learned", async () => {
  const table = tensor([[1], [2]]);
  const y = embedding(table, ids([[0, 1, 1]]), { paddingIndex: 1 });
  assert.deepEqual([...(await y.data())], [1, 2, 2]);
  assert.deepEqual([...(await grad(y.sum(), [table])[0].data())], [1, 0]);
});

test("options and shapes out of range are refused", () => {
  const targets = tensor([0], { dtype: "int32" });
  assert.throws(
    () => crossEntropy(zeros([1, 2]), targets, { labelSmoothing: 2 }),
    /E_CONFIG.*labelSmoothing 2/,
  );
  assert.throws(() => huberLoss(zeros([1]), zeros([1]), { delta: 0 }), /E_CONFIG.*delta is 0/);
  assert.throws(() => contrastiveLoss(zeros([2, 3]), zeros([3, 3])), /E_SHAPE.*\[2, 3\].*\[3, 3\]/);
  assert.throws(
    () => groupNorm(zeros([1, 4, 2]), 3, zeros([4]), zeros([4])),
    /E_SHAPE.*\[1, 4, 2\].*3 groups/,
  );
});
