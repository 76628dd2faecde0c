import assert from "node:assert/strict";
import { test } from "node:test";
import { fansOf, initialize, residualInit, type Init } from "gradlab";
import { refused } from "../refused.js";

const SHAPE = [120, 400];

/** Deviation, excess kurtosis (0 for normal, −1.2 for uniform) and range of one drawing. */
function momentsOf(init: Init, shape: readonly number[] = SHAPE) {
  const { data } = initialize("w", shape, init, 7);
  const x = Float64Array.from(data as Float32Array);
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  const central = (power: number): number => x.reduce((sum, v) => sum + (v - mean) ** power, 0) / x.length;
  const deviation = Math.sqrt(central(2));
  const largest = x.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
  return { mean, deviation, kurtosis: central(4) / central(2) ** 2 - 3, largest };
}

const near = (got: number, want: number, within: number, what: string): void =>
  assert.ok(Math.abs(got - want) <= within, `${what}: ${got}, not ${want}`);

/** The deviation that each law promises for a [120, 400] weight. */
const LAWS: readonly (readonly [Init, number, "normal" | "uniform"])[] = [
  [{ normal: 0.3 }, 0.3, "normal"],
  [{ uniform: 0.3 }, 0.3 / Math.sqrt(3), "uniform"],
  [{ xavier: "normal" }, Math.sqrt(2 / 520), "normal"],
  [{ xavier: "uniform", gain: 2 }, 2 * Math.sqrt(2 / 520), "uniform"],
  [{ kaiming: "normal" }, Math.sqrt(2 / 400), "normal"],
  [{ kaiming: "uniform", mode: "out" }, Math.sqrt(2 / 120), "uniform"],
  [{ kaiming: "uniform", nonlinearity: "tanh" }, 5 / 3 / 20, "uniform"],
  [residualInit(0.02, 8), 0.005, "normal"],
];

for (const [init, deviation, law] of LAWS) {
  test(`${JSON.stringify(init)} has mean 0, deviation ${deviation.toFixed(4)} and a ${law} shape`, () => {
    const got = momentsOf(init);
    near(got.mean, 0, 0.02 * deviation, "mean");
    near(got.deviation, deviation, 0.015 * deviation, "deviation");
    near(got.kurtosis, law === "normal" ? 0 : -1.2, 0.1, "kurtosis");
    if (law === "uniform") assert.ok(got.largest <= Math.sqrt(3) * deviation * (1 + 1e-6));
  });
}

test("a truncated normal is cut, not clipped", () => {
  const got = momentsOf({ truncatedNormal: 0.5 });
  // σ²(1 − 2·2φ(2)/(2Φ(2) − 1)) = 0.7737 σ² for a cut at 2.
  near(got.deviation, 0.5 * Math.sqrt(0.7737), 0.005, "deviation");
  assert.ok(got.largest <= 1 && got.largest > 0.98);
  const { data } = initialize("w", SHAPE, { truncatedNormal: 0.5 }, 7);
  assert.ok((data as Float32Array).filter((x) => Math.abs(x) > 0.9999).length < 20);
});

for (const shape of [
  [20, 50],
  [50, 20],
  [30, 30],
  [12, 4, 5],
]) {
  test(`orthogonal [${shape.join(", ")}]: the shorter side is orthonormal times the gain`, () => {
    const data = initialize("w", shape, { orthogonal: 2 }, 3).data as Float32Array;
    const rows = shape[0];
    const columns = data.length / rows;
    const at = (i: number, j: number): number => data[i * columns + j];
    const short = Math.min(rows, columns);
    for (let a = 0; a < short; a++) {
      for (let b = 0; b < short; b++) {
        let dot = 0;
        for (let k = 0; k < Math.max(rows, columns); k++)
          dot += rows <= columns ? at(a, k) * at(b, k) : at(k, a) * at(k, b);
        near(dot, a === b ? 4 : 0, 1e-5, `${a}·${b}`);
      }
    }
  });
}

test("fans of kernels count every tap, and vectors are refused", async () => {
  assert.deepEqual(fansOf("w", [8, 3, 5, 5]), { fanIn: 75, fanOut: 200 });
  assert.deepEqual(fansOf("w", [8, 3]), { fanIn: 3, fanOut: 8 });
  await refused("E_SHAPE", () => initialize("b", [8], { xavier: "normal" }, 1));
});
