import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attention,
  averagePool2d,
  conv2d,
  crossEntropy,
  fromArray,
  fromNumbers,
  grad,
  groupNorm,
  interpolate,
  layerNorm,
  maxPool2d,
  OnnxEngine,
  Random,
  rmsNorm,
  sizeOf,
  tensor,
  type DType,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";
import { assertClose, computeOn } from "../nn/golden.js";

type Build = (...x: Tensor[]) => Tensor;

const targets = tensor([0, 2, 1], { dtype: "int32" });
const mask = tensor([[1, 1, 0, 1]], { dtype: "bool" });
const qkv = [
  [1, 4, 4, 8],
  [1, 4, 2, 8],
  [1, 4, 2, 8],
];

const COMPOSITES: Readonly<Record<string, readonly [readonly (readonly number[])[], Build]>> = {
  attention: [qkv, (q, k, v) => attention(q, k, v)],
  "attention with a mask and a window": [qkv, (q, k, v) => attention(q, k, v, { mask, window: 2 })],
  "a convolution": [[[1, 16, 5, 4], [4, 16, 3, 3], [4]], (x, w, bias) => conv2d(x, w, { padding: 1, bias })],
  "the largest under windows": [[[1, 2, 4, 4]], (x) => maxPool2d(x, 3, { stride: 1 })],
  "the mean under windows": [[[1, 2, 4, 4]], (x) => averagePool2d(x, 2, { padding: 1, countPadding: false })],
  resizing: [[[1, 2, 4, 3]], (x) => interpolate(x, [5, 7], { mode: "linear" })],
  "layer norm": [[[3, 8], [8], [8]], (x, gain, bias) => layerNorm(x, gain, bias)],
  "rms norm": [[[3, 8], [8]], (x, gain) => rmsNorm(x, gain)],
  "group norm": [[[2, 4, 3], [4], [4]], (x, gain, bias) => groupNorm(x, 2, gain, bias)],
  "cross-entropy": [[[3, 5]], (x) => crossEntropy(x, targets, { labelSmoothing: 0.1, zLoss: 0.1 })],
};

const engine = new OnnxEngine({ via: "c-api", threads: 1 });

/** Value and gradients computed in a dtype, from float32 inputs that it holds exactly. */
function computed(
  build: Build,
  shapes: readonly (readonly number[])[],
  dtype: DType,
): Promise<Float64Array[]> {
  const random = new Random(5);
  const leaves = shapes.map((shape) => {
    const values = Float64Array.from(
      { length: sizeOf(shape) },
      () => Math.round(random.uniform() * 32 - 16) / 16,
    );
    return fromArray(fromNumbers(values, shape));
  });
  const narrow = build(...leaves.map((leaf) => leaf.cast(dtype)));
  assert.equal(narrow.dtype, dtype);
  const y = narrow.cast("float32");
  return computeOn(engine, [y, ...grad(y.mul(y).sum(), leaves)]);
}

for (const [name, [shapes, build]] of Object.entries(COMPOSITES)) {
  for (const [dtype, precision] of [
    ["float16", 2 ** -11],
    ["bfloat16", 2 ** -8],
  ] as const) {
    test(`${name} in ${dtype}: value and gradients are those of float32 but for rounding`, async () => {
      const want = await computed(build, shapes, "float32");
      const got = await computed(build, shapes, dtype);
      want.forEach((values, i) => assertClose(`${name} ${i}`, got[i], values, 8 * precision));
    });
  }
}

test("float64 that the library cannot compute is refused by name", async () => {
  const [shapes, build] = COMPOSITES.attention;
  const error = await refused("E_DTYPE", () => computed(build, shapes, "float64"));
  assert.match(error.sentence, /attention of float64/);
});
