import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHalfBits, QUANT_METHODS, Random, toHalfBits, unpackBlocks, type BlockMethod } from "gradlab";

const METHODS: readonly (readonly [string, BlockMethod, number])[] = [
  // Gaussian blocks of 32 reach about 2.07σ: 10·log₁₀(12·(127/2.07)²) = 46.5 dB, and 22 dB for steps of max/8.
  ["dynamic_int8", QUANT_METHODS.dynamic_int8.linear, 45],
  ["int4_weight_only", QUANT_METHODS.int4_weight_only.linear, 21],
];

function gaussian(rows: number, columns: number, sigma: number): Float32Array {
  const random = new Random(3);
  return Float32Array.from({ length: rows * columns }, () => sigma * random.normal());
}

for (const [name, method, decibels] of METHODS) {
  for (const sigma of [1e-7, 1e-4, 0.02, 30]) {
    test(`${name} keeps every weight within half a scale (σ = ${sigma})`, () => {
      const [rows, columns] = [17, 75];
      const data = gaussian(rows, columns, sigma);
      data.set([0, 0, 0, 0], 5);
      data.fill(0, 2 * columns, 3 * columns);
      for (const block of [16, 32, 64]) {
        const { packed, scales } = method.fit({ name: "w", data, rows, columns }, block);
        const restored = unpackBlocks(packed, scales, { bits: method.bits, block, rows, columns });
        const groups = Math.ceil(columns / block);
        restored.forEach((w, i) => {
          const scale = scales[Math.floor(i / columns) * groups + Math.floor((i % columns) / block)];
          const limit = method.errorBound * Math.abs(scale);
          assert.ok(
            Math.abs(w - data[i]) <= limit * (1 + 1e-12),
            `block ${block} [${i}]: ${data[i]} → ${w}, scale ${scale}`,
          );
        });
        scales.forEach((scale) =>
          assert.equal(Math.sign(scale) * fromHalfBits(toHalfBits(Math.abs(scale))), scale),
        );
      }
    });
  }

  test(`${name} keeps at least ${decibels} dB of Gaussian weights, as it reports`, () => {
    const [rows, columns] = [64, 192];
    const data = gaussian(rows, columns, 0.02);
    const { packed, scales, sqnrDb } = method.fit({ name: "w", data, rows, columns }, 32);
    const restored = unpackBlocks(packed, scales, { bits: method.bits, block: 32, rows, columns });
    let [signal, noise] = [0, 0];
    data.forEach((w, i) => {
      signal += w * w;
      noise += (w - restored[i]) ** 2;
    });
    assert.ok(Math.abs(sqnrDb - 10 * Math.log10(signal / noise)) < 1e-6);
    assert.ok(sqnrDb > decibels, `${sqnrDb} dB`);
  });

  test(`${name} refuses weights that are not finite, naming the place`, () => {
    const data = new Float32Array(6);
    data[4] = NaN;
    assert.throws(() => method.fit({ name: "w", data, rows: 2, columns: 3 }, 32), /NaN at \[1, 1\]/);
  });
}

test("a single extreme of either sign is kept exactly at four bits", () => {
  for (const extreme of [-8, 8]) {
    const data = Float32Array.of(extreme, 1, -1, 2, 0);
    const { packed, scales } = QUANT_METHODS.int4_weight_only.linear.fit(
      { name: "w", data, rows: 1, columns: 5 },
      32,
    );
    const restored = unpackBlocks(packed, scales, { bits: 4, block: 32, rows: 1, columns: 5 });
    assert.deepEqual(
      [...restored].map((w) => w + 0),
      [...data],
    );
  }
});
