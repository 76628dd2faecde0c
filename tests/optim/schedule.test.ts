import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  learningRateAt,
  learningRates,
  SCHEDULE_NAMES,
  type ScheduleName,
  type ScheduleOptions,
} from "gradlab";
import { refused } from "../refused.js";

interface Curve {
  readonly of: string;
  readonly rates: readonly number[];
}

const file = new URL("../../golden/schedules.json", import.meta.url);
const { _meta, ...golden } = JSON.parse(readFileSync(file, "utf8")) as Record<string, Curve>;

interface Mine {
  readonly name: ScheduleName;
  readonly options: Omit<ScheduleOptions, "peak">;
  /** gradlab's step that torch's epoch 0 is: torch counts steps made, gradlab the step to make. */
  readonly first: 0 | 1;
}

const MINE: Readonly<Record<string, Mine>> = {
  cosine: { name: "cosine", options: { totalSteps: 20, floor: 0.1 }, first: 0 },
  cosine_restarts: { name: "cosine", options: { totalSteps: 20, cycles: 4 }, first: 0 },
  linear: { name: "linear", options: { totalSteps: 20, floor: 0.1 }, first: 0 },
  warmup: { name: "constant", options: { totalSteps: 20, warmupSteps: 10 }, first: 0 },
  polynomial: { name: "polynomial", options: { totalSteps: 20, power: 2 }, first: 0 },
  constant: { name: "constant", options: { totalSteps: 8 }, first: 0 },
  one_cycle: { name: "one-cycle", options: { totalSteps: 40 }, first: 1 },
  one_cycle_short: { name: "one-cycle", options: { totalSteps: 25, warmupSteps: 5 }, first: 1 },
  inverse_sqrt: { name: "inverse-sqrt", options: { totalSteps: 30, warmupSteps: 5 }, first: 1 },
  wsd: { name: "wsd", options: { totalSteps: 30, warmupSteps: 4, decaySteps: 6 }, first: 1 },
  wsd_linear: {
    name: "wsd",
    options: { totalSteps: 30, warmupSteps: 4, decaySteps: 6, decayShape: "linear", floor: 0.1 },
    first: 1,
  },
};

for (const [key, { of, rates }] of Object.entries(golden)) {
  test(`${MINE[key].name} gives the rates of torch's ${of}`, () => {
    const { name, options, first } = MINE[key];
    rates.forEach((want, epoch) => {
      const got = learningRateAt(name, epoch + first, { peak: 0.5, ...options });
      assert.ok(Math.abs(got - want) < 1e-8, `step ${epoch + first}: ${got}, torch gives ${want}`);
    });
  });
}

for (const name of SCHEDULE_NAMES) {
  test(`${name} stays finite, above zero until its last step and at most at its peak`, () => {
    for (const warmupSteps of [0, 1, 7, 40]) {
      const rates = learningRates(name, { peak: 2, totalSteps: 40, warmupSteps });
      assert.equal(rates.length, 40);
      rates.forEach((rate, i) =>
        assert.ok(rate <= 2 && (rate > 0 || i === 39), `${rate} at step ${i + 1} of ${warmupSteps} rising`),
      );
      assert.ok(Number.isFinite(learningRateAt(name, 99, { peak: 2, totalSteps: 40, warmupSteps })));
    }
  });
}

test("an unknown schedule is refused with the nearest name", async () => {
  const ask = () => learningRateAt("cosin" as ScheduleName, 1, { peak: 1, totalSteps: 2 });
  assert.match((await refused("E_CONFIG", ask)).hint, /"cosine"/);
});
