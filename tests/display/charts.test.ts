import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chart, DISPLAY, PLOTLY_MIME, barChart, heatmap, lineChart, sparkline } from "gradlab";
import { refused } from "../refused.js";

/** Attributes of every element of a kind, in order. */
function elements(svg: string, tag: string): Record<string, string>[] {
  return [...svg.matchAll(new RegExp(`<${tag} ([^>]*?)/?>`, "g"))].map(([, text]) =>
    Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  );
}

const labels = (svg: string): string[] => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);

test("a chart is a Plotly figure, an SVG and a text", () => {
  const chart = lineChart({ title: "Loss", series: [{ name: "train", y: [3, 2, 1] }] });
  assert.deepEqual(Object.keys(chart[DISPLAY]()), [PLOTLY_MIME, "image/svg+xml", "text/plain"]);
  assert.equal(PLOTLY_MIME, "application/vnd.plotly.v1+json");
});

test("the points of the SVG lie where the values say", () => {
  const svg = lineChart({ series: [{ name: "a", x: [0, 5, 10], y: [0, 50, 100] }] }).svg();
  const dots = elements(svg, "circle").map(({ cx, cy }) => [Number(cx), Number(cy)]);
  assert.equal(dots.length, 3);
  assert.ok(Math.abs(dots[1][0] - (dots[0][0] + dots[2][0]) / 2) < 0.2);
  assert.ok(Math.abs(dots[1][1] - (dots[0][1] + dots[2][1]) / 2) < 0.2);
  assert.ok(dots[0][1] > dots[2][1], "up is more");
  assert.deepEqual(labels(svg), ["0", "20", "40", "60", "80", "100", "0", "2", "4", "6", "8", "10"]);
});

test("ticks are at round numbers for any range", () => {
  const cases: [number[], string[]][] = [
    [
      [0.13, 0.87],
      ["0", "0.2", "0.4", "0.6", "0.8", "1.0"],
    ],
    [
      [-3, 12],
      ["−5.0", "−2.5", "0", "2.5", "5.0", "7.5", "10.0", "12.5"],
    ],
    [
      [1e6, 3e6],
      ["1.0M", "1.5M", "2.0M", "2.5M", "3.0M"],
    ],
    [
      [2e-7, 9e-7],
      ["2×10⁻⁷", "4×10⁻⁷", "6×10⁻⁷", "8×10⁻⁷", "10⁻⁶"],
    ],
    [
      [7, 7],
      ["3", "4", "5", "6", "7", "8", "9", "10", "11"],
    ],
  ];
  for (const [y, expected] of cases) {
    const svg = lineChart({ series: [{ name: "a", y }] }).svg();
    const ticks = labels(svg).slice(0, expected.length);
    if (y[0] === y[1]) assert.ok(ticks.length > 2);
    else assert.deepEqual(ticks, expected);
  }
});

test("a logarithmic axis spaces powers evenly and says what it cannot show", () => {
  const chart = lineChart({ logY: true, series: [{ name: "a", y: [1000, 100, 10, 1, 0, -1] }] });
  const dots = elements(chart.svg(), "circle").map(({ cy }) => Number(cy));
  assert.equal(dots.length, 4);
  const steps = dots.slice(1).map((y, i) => y - dots[i]);
  assert.ok(
    steps.every((step) => Math.abs(step - steps[0]) < 0.3),
    String(steps),
  );
  assert.match(chart.svg(), /2 values of 0 or less not shown/);
  assert.match(chart.text(), /2 values of 0 or less/);
  assert.match(JSON.stringify(chart.figure()), /2 values of 0 or less/);
  assert.deepEqual(chart.figure().data[0].y, [1000, 100, 10, 1, null, null]);
});

test("a gap breaks the line and is null for Plotly", () => {
  const y = Array.from({ length: 100 }, (_, i) => (i === 50 ? NaN : i));
  const chart = lineChart({ series: [{ name: "a", y }] });
  assert.equal((elements(chart.svg(), "path")[0].d.match(/M/g) ?? []).length, 2);
  assert.equal((chart.figure().data[0].y as unknown[])[50], null);
});

test("a long series is thinned without losing a spike, and small enough for a notebook", () => {
  const y = Float32Array.from({ length: 1_000_000 }, (_, i) => Math.sin(i / 1000));
  y[333_333] = 50;
  y[777_777] = -50;
  const chart = lineChart({ series: [{ name: "a", y }] });
  const shown = chart.figure().data[0].y as number[];
  assert.ok(shown.length <= 2000);
  assert.ok(shown.includes(50) && shown.includes(-50));
  assert.equal((chart.figure().data[0].x as number[]).at(-1), 999_999);
  assert.ok(JSON.stringify(chart[DISPLAY]()).length < 300_000);
});

test("bands, bars and whiskers are drawn from their intervals", () => {
  const line = lineChart({ series: [{ name: "a", y: [1, 2], low: [0, 1], high: [2, 3] }] });
  assert.equal(line.figure().data.length, 3);
  assert.equal(elements(line.svg(), "path")[0]["fill-opacity"], "0.18");
  const bars = barChart({
    labels: ["a", "b"],
    series: [
      {
        name: "F1",
        values: [0.5, -0.25],
        ci95: [
          [0.4, 0.7],
          [-0.3, -0.2],
        ],
      },
    ],
  });
  const error = bars.figure().data[0].error_y as { array: number[]; arrayminus: number[] };
  assert.ok(Math.abs(error.array[0] - 0.2) < 1e-12 && Math.abs(error.arrayminus[0] - 0.1) < 1e-12);
  const [, up, down] = elements(bars.svg(), "rect");
  assert.ok(Math.abs(Number(up.height) / Number(down.height) - 2) < 0.02);
  assert.ok(Math.abs(Number(up.y) + Number(up.height) - Number(down.y)) < 0.2, "both stand on zero");
  assert.match(bars.text(), /a {2}█{40} 0\.5 \[0\.4, 0\.7\]\nb −█{20} +−0\.25 \[−0\.3, −0\.2\]/);
});

test("a heatmap keeps repeated labels apart and shows signed values around white", () => {
  const chart = heatmap({
    values: [
      [1, -1],
      [0, NaN],
    ],
    xLabels: ["the", "the"],
    yLabels: ["a", "b"],
  });
  const layout = chart.figure().layout as { xaxis: { tickvals: number[]; ticktext: string[] } };
  assert.deepEqual(
    [layout.xaxis.tickvals, layout.xaxis.ticktext],
    [
      [0, 1],
      ["the", "the"],
    ],
  );
  const fills = elements(chart.svg(), "rect")
    .slice(1, 5)
    .map(({ fill }) => fill);
  assert.deepEqual(fills, ["#b2182b", "#2166ac", "#f7f7f7", "#ffffff"]);
  assert.deepEqual(chart.figure().data[0].z, [
    [1, -1],
    [0, null],
  ]);
  const big = heatmap({ values: Array.from({ length: 500 }, () => new Float32Array(500)) });
  assert.ok(big.text().split("\n").length < 40);
});

test("text plots have the shape of the values", () => {
  assert.equal(sparkline([1, 2, 3, 4, 5, 6, 7, 8]), "▁▂▃▄▅▆▇█");
  assert.equal(sparkline([5, 5, NaN, 5]), "▄▄ ▄");
  assert.equal(sparkline(Array.from({ length: 600 }, (_, i) => i)).length, 60);
  const rows = lineChart({ series: [{ name: "a", y: [0, 1] }] })
    .text()
    .split("\n");
  assert.match(rows[0], /⠀{40}.*[^⠀]$/, "the end is high");
  const many = lineChart({
    series: [
      { name: "up", y: [1, 2] },
      { name: "down", y: [2, 1] },
    ],
  }).text();
  assert.equal(many, "up    ▁█  1 … 2, last 2\ndown  █▁  1 … 2, last 1");
});

test("texts cannot break the markup", () => {
  const evil = `</text><script>alert("1")</script>&\u0000`;
  const charts: Chart[] = [
    lineChart({
      title: evil,
      xLabel: evil,
      yLabel: evil,
      series: [
        { name: evil, y: [1] },
        { name: "b", y: [2] },
      ],
    }),
    barChart({
      title: evil,
      labels: [evil],
      series: [
        { name: evil, values: [1] },
        { name: "b", values: [2] },
      ],
    }),
    heatmap({ title: evil, values: [[1]], xLabels: [evil], yLabels: [evil] }),
  ];
  for (const chart of charts) {
    assert.doesNotMatch(chart.svg(), /<script/);
    // eslint-disable-next-line no-control-regex -- XML forbids exactly these characters
    assert.doesNotMatch(chart.svg(), /\u0000/);
    assert.doesNotMatch(JSON.stringify(chart.figure()), /<script/);
  }
});

test("charts of nothing and of unequal lengths are refused", async () => {
  await refused("E_DATA_EMPTY", () => lineChart({ series: [] }));
  await refused("E_DATA_EMPTY", () => lineChart({ series: [{ name: "a", y: [] }] }));
  await refused("E_DATA_EMPTY", () => barChart({ labels: [], series: [] }));
  await refused("E_DATA_EMPTY", () => heatmap({ values: [] }));
  assert.match(
    (await refused("E_SHAPE", () => lineChart({ series: [{ name: "a", x: [1], y: [1, 2] }] }))).message,
    /x of "a"/,
  );
  await refused("E_SHAPE", () => barChart({ labels: ["a"], series: [{ name: "x", values: [1, 2] }] }));
  await refused("E_SHAPE", () => heatmap({ values: [[1, 2], [3]] }));
  await refused("E_SHAPE", () => heatmap({ values: [[1]], xLabels: ["a", "b"] }));
});

test("nothing but infinite values still makes a picture", () => {
  const chart = lineChart({ series: [{ name: "a", y: [NaN, Infinity, -Infinity] }] });
  assert.doesNotMatch(chart.svg(), /NaN|Infinity/);
  assert.doesNotMatch(lineChart({ logY: true, series: [{ name: "a", y: [-1, 0] }] }).svg(), /NaN|Infinity/);
  assert.doesNotMatch(
    heatmap({ values: [[NaN]] })
      .svg()
      .replaceAll(">NaN<", ""),
    /NaN|Infinity/,
  );
  assert.doesNotMatch(
    barChart({ labels: ["a"], series: [{ name: "x", values: [NaN] }] }).svg(),
    /NaN|Infinity/,
  );
});
