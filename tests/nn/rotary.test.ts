import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ids, readRotaryScaling, rope, rotaryFrequencies, rotaryTables, tensor } from "gradlab";
import { assertClose, computeOn, ENGINES } from "./golden.js";

interface ScaledCase {
  readonly width: number;
  readonly theta: number;
  readonly positions: number;
  readonly maxPositions: number;
  readonly scaling: Readonly<Record<string, unknown>>;
  readonly frequencies: readonly number[];
  readonly amplitude: number;
}

const golden = JSON.parse(readFileSync(new URL("../../golden/rotary.json", import.meta.url), "utf8")) as {
  readonly scaled: Readonly<Record<string, ScaledCase>>;
  readonly partial: { readonly x: readonly number[]; readonly y: readonly number[] };
};

for (const [name, c] of Object.entries(golden.scaled)) {
  const scaling = readRotaryScaling(c.scaling, c.maxPositions);
  test(`${name}: frequencies equal numpy's`, () => {
    const { frequencies, amplitude } = rotaryFrequencies(c.width, c.positions, c.theta, scaling);
    assert.equal(frequencies.length, c.frequencies.length);
    frequencies.forEach((f, i) => assert.ok(Math.abs(f / c.frequencies[i] - 1) < 1e-11, `${name}[${i}]`));
    assert.ok(Math.abs(amplitude - c.amplitude) < 1e-11);
  });
  test(`${name}: tables hold amplitude · cos and sin of position · frequency`, async () => {
    // Few rows suffice, except where the number of rows decides the frequencies.
    const rows = name.startsWith("dynamic") ? c.positions : 50;
    const { cos, sin } = rotaryTables(c.width, rows, c.theta, scaling);
    const half = c.width / 2;
    const angles = c.frequencies.map((f) => 49 * f);
    const row = async (table: typeof cos): Promise<number[]> =>
      [...(await table.data())].slice(49 * half, 50 * half).map(Number);
    // Angles near 49 are float32: wrong by up to 2⁻¹⁹ and more for their rounded frequency.
    const expect = (f: (x: number) => number): number[] => angles.map((x) => c.amplitude * f(x));
    assertClose("cos", await row(cos), expect(Math.cos), 1e-5);
    assertClose("sin", await row(sin), expect(Math.sin), 1e-5);
  });
}

for (const { title, engine } of ENGINES) {
  test(`tables narrower than a head turn its first channels only, on ${title}`, async () => {
    const { cos, sin } = rotaryTables(4, 8);
    const x = tensor(Float32Array.from(golden.partial.x), { shape: [1, 3, 2, 8] });
    const [y] = await computeOn(engine, [rope(x, ids([[5, 6, 7]]), cos, sin)]);
    assertClose("y", y, golden.partial.y, 1e-6);
  });
}

test("a rope_scaling that is not understood is refused", () => {
  assert.equal(readRotaryScaling(null, 8), undefined);
  assert.equal(readRotaryScaling({ rope_type: "default" }, 8), undefined);
  assert.throws(() => readRotaryScaling({ type: "linear" }, 8), /E_CONFIG.*linear needs the number factor/);
  assert.throws(() => readRotaryScaling({ type: "wave", factor: 2 }, 8), /E_CONFIG.*"wave" is not known/);
  assert.throws(() => readRotaryScaling({ type: "llama3", factor: 2 }, 8), /E_CONFIG.*low_freq_factor/);
});
