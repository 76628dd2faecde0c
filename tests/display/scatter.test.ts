import assert from "node:assert/strict";
import { test } from "node:test";
import { scatterChart } from "gradlab";
import { refused } from "../refused.js";

test("points, their names and lines are drawn where the axes put them", () => {
  const chart = scatterChart({
    title: "Roofline",
    logX: true,
    logY: true,
    series: [
      { name: "ops", x: [1, 10, 100], y: [1, 10, 100], labels: ["a", "b<", "c"] },
      { name: "roof", x: [1, 100], y: [50, 50], line: true },
    ],
  });
  const circles = [...chart.svg().matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  assert.equal(circles.length, 3);
  // On two logarithmic axes equal factors are equal steps.
  for (const axis of [0, 1]) {
    assert.ok(Math.abs(circles[2][axis] - circles[1][axis] - (circles[1][axis] - circles[0][axis])) < 0.3);
  }
  assert.match(chart.svg(), />b&#60;</);
  assert.match(chart.text(), /^Roofline\na: x 1, y 1\nb<: x 10, y 10\nc: /);
  assert.equal((chart.figure().layout.xaxis as { type: string }).type, "log");
  assert.deepEqual(
    chart.figure().data.map(({ mode }) => mode),
    ["markers+text", "lines"],
  );
});

test("points that a logarithmic axis has no place for are left out", () => {
  const svg = scatterChart({ logX: true, series: [{ name: "a", x: [0, 1, -1, 10], y: [1, 1, 1, 1] }] }).svg();
  assert.equal([...svg.matchAll(/<circle/g)].length, 2);
});

test("nothing to draw and unequal lengths are refused", async () => {
  await refused("E_DATA_EMPTY", () => scatterChart({ series: [] }));
  await refused("E_SHAPE", () => scatterChart({ series: [{ name: "a", x: [1], y: [1, 2] }] }));
  await refused("E_SHAPE", () => scatterChart({ series: [{ name: "a", x: [1], y: [1], labels: [] }] }));
});
