import assert from "node:assert/strict";
import { test } from "node:test";
import {
  castArray,
  fromBFloatBits,
  fromHalfBits,
  fromNumbers,
  toBFloatBits,
  toHalfBits,
  toNumbers,
} from "gradlab";

test("every float16 survives the way to float32 and back", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = fromHalfBits(bits);
    if (Number.isNaN(value)) assert.ok(Number.isNaN(fromHalfBits(toHalfBits(value))));
    else assert.equal(toHalfBits(value), bits);
  }
});

test("every bfloat16 survives the way to float32 and back", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = fromBFloatBits(bits);
    if (Number.isNaN(value)) assert.ok(Number.isNaN(fromBFloatBits(toBFloatBits(value))));
    else assert.equal(toBFloatBits(value), bits);
  }
});

// IEEE 754 binary16: 1 + 2^-11 lies half-way between 1 and 1 + 2^-10; ties go to the even one.
test("halves round to nearest, ties to even, and overflow to infinity", () => {
  assert.equal(fromHalfBits(toHalfBits(1 + 2 ** -11)), 1);
  assert.equal(fromHalfBits(toHalfBits(1 + 3 * 2 ** -11)), 1 + 2 ** -9);
  assert.equal(fromHalfBits(toHalfBits(65519)), 65504);
  assert.equal(fromHalfBits(toHalfBits(65520)), Infinity);
  assert.equal(fromHalfBits(toHalfBits(2 ** -25)), 0);
  assert.equal(fromHalfBits(toHalfBits(3 * 2 ** -25)), 2 ** -23);
});

test("casting truncates floats to integers and keeps int64 exact", () => {
  const cast = castArray(fromNumbers([1.9, -1.9, 3], [3]), "int64");
  assert.deepEqual(cast.data, BigInt64Array.of(1n, -1n, 3n));
  assert.deepEqual([...toNumbers(cast)], [1, -1, 3]);
});
