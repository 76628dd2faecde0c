import assert from "node:assert/strict";
import { test } from "node:test";
import { philox, Random } from "gradlab";

// Random123's kat_vectors for philox4x32 with 10 rounds.
const KNOWN_ANSWERS = [
  { counter: [0, 0, 0, 0], key: [0, 0], result: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    result: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    result: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] as const;

test("Philox gives Random123's known answers", () => {
  for (const { counter, key, result } of KNOWN_ANSWERS) {
    assert.deepEqual([...philox(Uint32Array.from(counter), key)], [...result]);
  }
});

test("normal numbers have mean 0, variance 1 and kurtosis 3", () => {
  const random = new Random(1);
  const values = Float64Array.from({ length: 200_000 }, () => random.normal());
  const moment = (power: number): number => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
  assert.ok(Math.abs(moment(1)) < 0.01);
  assert.ok(Math.abs(moment(2) - 1) < 0.01);
  assert.ok(Math.abs(moment(4) - 3) < 0.06);
});

test("streams of one seed differ, and each repeats", () => {
  const draw = (stream: number): number[] => {
    const random = new Random(9, stream);
    return Array.from({ length: 5 }, () => random.uniform());
  };
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

test("a permutation holds every index once", () => {
  const order = new Random(3).permutation(100);
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
});
