import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type Chart, barChart, heatmap, lineChart, progress, table } from "gradlab";
import { fakeHost } from "./host.js";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);

const tokens = ["<s>", "the", "cat", "sat", "on", "the", "mat", "."];
const CHARTS: Record<string, Chart> = {
  line: lineChart({
    title: "lr",
    xLabel: "step",
    yLabel: "lr",
    series: [{ name: "lr", y: [1e-4, 2e-4, 1e-4] }],
  }),
  log: lineChart({
    title: "Loss & <more>",
    logY: true,
    series: [
      { name: "train", y: Array.from({ length: 500 }, (_, i) => 10 / (i + 1)) },
      { name: "held-out", x: [0, 250, 499], y: [10, 0, 0.05], low: [9, 0.1, 0.04], high: [11, 1, 0.06] },
    ],
  }),
  wideLog: lineChart({ logY: true, series: [{ name: "a", y: [1e-6, 1, 1e6] }] }),
  many: lineChart({
    series: Array.from({ length: 9 }, (_, k) => ({ name: `layer ${k}`, y: [k, NaN, k + 1, k] })),
  }),
  bars: barChart({
    title: "F1",
    labels: ["sst2", "mnli"],
    series: [
      {
        name: "base",
        values: [0.7, 0.5],
        ci95: [
          [0.6, 0.8],
          [0.4, 0.6],
        ],
      },
      { name: "tuned", values: [0.9, NaN] },
    ],
  }),
  oneBar: barChart({
    labels: ["weights", "activations of the forward pass"],
    series: [{ name: "MiB", values: [12, -3] }],
  }),
  attention: heatmap({
    values: tokens.map((_, r) => tokens.map((_t, c) => (c <= r ? 1 / (r + 1) : 0))),
    xLabels: tokens,
    yLabels: tokens,
  }),
  signed: heatmap({
    title: "W",
    values: Array.from({ length: 30 }, (_, r) => Array.from({ length: 30 }, (_c, c) => Math.sin(r * c))),
  }),
};

interface Verdict {
  readonly name: string;
  readonly problems: string[];
  readonly marks: number;
  readonly svgError: string;
  readonly outside: string[];
}

/** Validates every figure with Plotly, draws it, and measures the SVG in the page. */
function page(plotly: string, html: string): string {
  const items = Object.entries(CHARTS).map(([name, chart]) => ({
    name,
    figure: chart.figure(),
    svg: chart.svg(),
  }));
  return `<!doctype html><meta charset="utf-8"><body><div id="html">${html}</div>
<script src="${plotly}"></script><script type="module">
const verdicts = [];
for (const { name, figure, svg } of ${JSON.stringify(items).replaceAll("<", "\\u003c")}) {
  const problems = (Plotly.validate(figure.data, figure.layout) ?? []).map((problem) => problem.msg);
  const holder = document.body.appendChild(document.createElement("div"));
  await Plotly.newPlot(holder, figure.data, figure.layout, figure.config);
  const marks = holder.querySelectorAll(".scatterlayer .trace, .barlayer .point, .heatmaplayer image").length;
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
  const svgError = parsed.querySelector("parsererror")?.textContent ?? "";
  const own = document.body.appendChild(document.createElement("div"));
  own.innerHTML = svg;
  const frame = own.querySelector("svg").getBoundingClientRect();
  const outside = [...own.querySelectorAll("text, rect, circle, path")]
    .filter((item) => {
      const box = item.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    })
    .map((item) => item.outerHTML);
  verdicts.push({ name, problems, marks, svgError, outside });
}
const out = document.createElement("pre");
out.id = "verdicts";
out.textContent = encodeURIComponent(JSON.stringify({ verdicts, bars: document.querySelectorAll("#html [role=progressbar]").length, cells: document.querySelectorAll("#html td").length }));
document.body.replaceChildren(out);
</script>`;
}

test(
  "figures are valid for Plotly and are drawn; the SVG is well-formed and nothing sticks out of it",
  { skip: CHROMIUM === undefined && "Chromium is not installed" },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "gradlab-browser-"));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const shown = fakeHost(t);
    progress({ total: 2, label: "<b>" }).done();
    const html = String(shown.at(-1)?.bundle["text/html"]) + table([{ a: "<td>", b: 2 }]).html();
    const file = join(folder, "page.html");
    const plotly = createRequire(import.meta.url).resolve("plotly.js-dist-min");
    await writeFile(file, page(pathToFileURL(plotly).href, html));
    const { stdout } = await promisify(execFile)(
      CHROMIUM as string,
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--virtual-time-budget=60000",
        `--user-data-dir=${join(folder, "profile")}`,
        "--dump-dom",
        pathToFileURL(file).href,
      ],
      { maxBuffer: 1 << 26 },
    );
    const found = /<pre id="verdicts">([^<]*)</.exec(stdout)?.[1];
    assert.ok(found !== undefined, `the page did not finish: ${stdout.slice(0, 500)}`);
    const { verdicts, bars, cells } = JSON.parse(decodeURIComponent(found)) as {
      verdicts: Verdict[];
      bars: number;
      cells: number;
    };
    assert.deepEqual([bars, cells], [1, 2]);
    assert.deepEqual(
      verdicts.map(({ name }) => name),
      Object.keys(CHARTS),
    );
    for (const { name, problems, marks, svgError, outside } of verdicts) {
      assert.deepEqual(problems, [], name);
      assert.ok(marks > 0, `${name}: Plotly drew nothing`);
      assert.equal(svgError, "", name);
      assert.deepEqual(outside, [], name);
    }
  },
);
