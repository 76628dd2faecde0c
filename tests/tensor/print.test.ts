import assert from "node:assert/strict";
import { test } from "node:test";
import { formatArray, fromNumbers, hostArray, type DType, type Shape } from "gradlab";

const text = (values: readonly number[], shape: Shape = [values.length], dtype: DType = "float32"): string =>
  formatArray(fromNumbers(values, shape, dtype))
    .split("\n")
    .slice(1)
    .join("\n");

test("columns are aligned with as many decimals as the values need, at most four", () => {
  assert.equal(text([1, 2, 3, 40], [2, 2]), "[[ 1,  2],\n [ 3, 40]]");
  assert.equal(text([0.5, -10, 0.25, 2], [2, 2]), "[[  0.50, -10.00],\n [  0.25,   2.00]]");
  assert.equal(text([1 / 3, 100]), "[  0.3333, 100.0000]");
  assert.equal(text([3.25], []), "3.25");
});

test("numbers that would vanish or fill the line are powers of ten", () => {
  assert.equal(text([1e-7, 1]), "[1.0000e-7, 1.0000e+0]");
  assert.equal(text([3e12, -1]), "[3.0000e+12, -1.0000e+0]");
  assert.equal(text([123456.75, 0.001]), "[1.2346e+5, 1.0000e-3]");
  assert.equal(text([123456.75, 1]), "[123456.75,      1.00]");
});

test("what is not a number is named as in the language", () => {
  assert.equal(text([NaN, 1.5, Infinity, -Infinity]), "[      NaN,       1.5,  Infinity, -Infinity]");
  assert.equal(text([NaN, Infinity]), "[     NaN, Infinity]");
});

test("every dtype shows its own values", () => {
  assert.equal(text([1, 0], [2], "bool"), "[ true, false]");
  assert.equal(text([1, -128], [2], "int8"), "[   1, -128]");
  assert.equal(text([4294967295], [1], "uint32"), "[4294967295]");
  assert.equal(text([0.1, 2], [2], "float16"), "[0.1, 2.0]");
  assert.equal(text([1.5], [1], "bfloat16"), "[1.5]");
  assert.equal(text([0.1], [1], "float64"), "[0.1]");
  const wide = hostArray(BigInt64Array.of(2n ** 53n + 1n, -1n), [2], "int64");
  assert.equal(formatArray(wide), "int64[2]\n[9007199254740993,               -1]");
});

test("matrices of a stack are set apart; empty arrays and scalars have no rows", () => {
  assert.equal(text([1, 2, 3, 4], [2, 1, 2]), "[[[1, 2]],\n\n [[3, 4]]]");
  assert.equal(formatArray(fromNumbers([], [0, 3])), "float32[0, 3]\n[]");
  assert.equal(formatArray(fromNumbers([7], [], "int32")), "int32[]\n7");
});

test("long axes are folded once there are more than a thousand values", () => {
  const wide = Array.from({ length: 1001 }, (_, i) => i);
  assert.equal(text(wide), "[   0,    1,    2, …,  998,  999, 1000]");
  const tall = text(
    Array.from({ length: 4000 }, (_, i) => i),
    [1000, 4],
  ).split("\n");
  assert.equal(tall.length, 7);
  assert.equal(tall[0], "[[   0,    1,    2,    3],");
  assert.equal(tall[3], " …,");
  assert.equal(tall[6], " [3996, 3997, 3998, 3999]]");
});

test("long rows are wrapped below their first number", () => {
  const lines = text(Array.from({ length: 60 }, (_, i) => i)).split("\n");
  assert.equal(lines.length, 3);
  assert.ok(lines.every((line) => line.length <= 96));
  assert.match(lines[1], /^ \d/);
});
