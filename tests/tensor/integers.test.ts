import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allocate,
  castArray,
  fromNumbers,
  packNibbles,
  toNumbers,
  unpackNibbles,
  wrapInteger,
  type DType,
} from "gradlab";

test("integers wrap as in C: modulo 2^bits", () => {
  const cases: readonly [number, DType, number][] = [
    [300, "uint8", 44],
    [-1, "uint8", 255],
    [200, "int8", -56],
    [-129, "int8", 127],
    [9, "int4", -7],
    [-9, "int4", 7],
    [17, "uint4", 1],
    [2 ** 31, "int32", -(2 ** 31)],
    [-1, "uint32", 2 ** 32 - 1],
    [2 ** 32 + 5.9, "uint32", 5],
    [-1.9, "int32", -1],
    [NaN, "int32", 0],
    [Infinity, "uint8", 0],
    [2 ** 40, "int64", 2 ** 40],
  ];
  for (const [value, dtype, want] of cases)
    assert.equal(wrapInteger(value, dtype), want, `${value} as ${dtype}`);
});

test("wrapping agrees with what typed arrays do", () => {
  for (const dtype of ["int8", "uint8", "int32", "uint32"] as const) {
    const store = allocate(dtype, 1) as Int32Array;
    for (const value of [0, 1, -1, 127, 128, 255, 256, -129, 2 ** 31 - 1, 2 ** 31, 2 ** 32, -(2 ** 31) - 1]) {
      store[0] = value;
      assert.equal(wrapInteger(value, dtype), store[0], `${value} as ${dtype}`);
    }
  }
});

test("four-bit values pack two to a byte, the first in the low half, and come back", () => {
  const signed = Int8Array.from({ length: 16 }, (_, i) => i - 8);
  assert.deepEqual(unpackNibbles(packNibbles(signed), 16, "int4"), signed);
  const odd = Uint8Array.of(15, 0, 9);
  assert.deepEqual(packNibbles(odd), Uint8Array.of(0x0f, 0x09));
  assert.deepEqual(unpackNibbles(packNibbles(odd), 3, "uint4"), odd);
});

test("host arrays of four bits hold a byte a value", () => {
  const array = castArray(fromNumbers([-9, 7.9, 8], [3]), "int4");
  assert.deepEqual([array.dtype, array.data.byteLength], ["int4", 3]);
  assert.deepEqual([...toNumbers(array)], [7, 7, -8]);
  assert.deepEqual([...toNumbers(castArray(array, "uint4"))], [7, 7, 8]);
});

test("everything but 0 is true, NaN too", () => {
  assert.deepEqual([...toNumbers(castArray(fromNumbers([0, -0, 0.1, NaN], [4]), "bool"))], [0, 0, 1, 1]);
});
