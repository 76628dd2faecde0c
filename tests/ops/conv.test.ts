import assert from "node:assert/strict";
import { test } from "node:test";
import {
  adaptiveAveragePool,
  averagePool1d,
  averagePool2d,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  globalAveragePool,
  grad,
  interpolate,
  maxPool1d,
  maxPool2d,
  ones,
  tensor,
  zeros,
  type Tensor,
} from "gradlab";
import { testGolden, type Layer } from "../nn/golden-layers.js";

const convolutions = { conv1d, conv2d, convTranspose1d, convTranspose2d };
const pools = { averagePool1d, averagePool2d, maxPool1d, maxPool2d };
const resizers = { adaptiveAveragePool, interpolate };

/** The function that a case's attrs name, on its inputs and options. */
const named: Layer = ({ x, w, bias }, { f, window, sizes, ...options }) => {
  const name = f as string;
  if (name in convolutions)
    return convolutions[name as keyof typeof convolutions](x, w, { ...options, bias });
  if (name in pools) return pools[name as keyof typeof pools](x, window as number, options);
  return resizers[name as keyof typeof resizers](x, sizes as number[], options);
};

testGolden("conv.json", () => named);

test("the mean over all spatial axes", async () => {
  assert.deepEqual(
    [
      ...(await globalAveragePool(
        tensor([
          [
            [
              [1, 2],
              [3, 6],
            ],
          ],
        ]),
      ).data()),
    ],
    [3],
  );
});

test("of equal largest elements the first gets the gradient", async () => {
  const x = ones([1, 1, 4]).add(0);
  const [dx] = grad(maxPool1d(x, 4).sum(), [x]);
  assert.deepEqual([...(await dx.data())], [1, 0, 0, 0]);
});

const throws = (build: () => Tensor, message: RegExp): void => assert.throws(build, message);

test("shapes that do not fit are refused with both shapes", () => {
  throws(
    () => conv2d(zeros([1, 3, 8, 8]), zeros([4, 2, 3, 3])),
    /E_SHAPE.*\[1, 3, 8, 8\].*\[4, 2, 3, 3\].*groups \(1\)/,
  );
  throws(
    () => conv2d(zeros([1, 4, 8, 8]), zeros([3, 2, 3, 3]), { groups: 2 }),
    /E_SHAPE.*groups \(2\) dividing C and O/,
  );
  throws(() => conv1d(zeros([1, 3, 8, 8]), zeros([4, 3, 3, 3])), /E_SHAPE conv1d.*need 3 axes/);
  throws(
    () => conv1d(zeros([1, 1, 4]), zeros([2, 1, 3]), { bias: zeros([3]) }),
    /E_SHAPE.*bias \[3\] needs shape \[2\]/,
  );
  throws(() => convTranspose1d(zeros([1, 2, 4]), zeros([3, 1, 2])), /E_SHAPE.*\[1, 2, 4\].*\[3, 1, 2\]/);
  throws(() => maxPool2d(zeros([1, 3, 4]), 2), /E_SHAPE.*\[1, 3, 4\].*\[2, 2\] needs \[N, C\]/);
  throws(() => interpolate(zeros([1, 3, 4]), [2, 2]), /E_SHAPE.*\[2, 2\] do not fit.*\[1, 3, 4\]/);
});

test("a window larger than the input is refused with the formula of the size", () => {
  throws(
    () => conv2d(zeros([1, 1, 5, 2]), zeros([1, 1, 3, 3])),
    /E_SHAPE.*\[1, 1, 3, 3\] is larger than float32\[1, 1, 5, 2\].*axis 1 would be 0 long.*⌊\(size \+ padding − dilation·\(kernel − 1\) − 1\) \/ stride⌋ \+ 1/,
  );
  throws(() => averagePool1d(zeros([1, 1, 2]), 3), /E_SHAPE.*window \[3\] is larger/);
});

test("options out of range are refused by name", () => {
  const [x, w] = [zeros([1, 1, 4]), zeros([1, 1, 2])];
  throws(() => conv1d(x, w, { stride: 0 }), /E_CONFIG.*stride \[0\] must be 1 integers of at least 1/);
  throws(() => conv1d(x, w, { padding: [1, 1] }), /E_CONFIG.*padding \[1, 1\]/);
  throws(() => conv1d(x, w, { stride: 2, padding: "same" }), /E_CONFIG.*"same" needs stride 1/);
  throws(() => convTranspose1d(x, w, { outputPadding: 1 }), /E_CONFIG.*outputPadding 1.*below the stride 1/);
  throws(
    () => maxPool1d(x, 2, { padding: 2 }),
    /E_CONFIG.*padding \[2\] is more than half of the window \[2\]/,
  );
});
