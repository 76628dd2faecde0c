import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { DISPLAY, display, displayable, liveChart, markdown, progress } from "gradlab";
import { fakeHost, pause } from "./host.js";

test("a kernel receives the bundle and the display id", async (t) => {
  const shown = fakeHost(t);
  await display(markdown("**a**"), { displayId: "x", update: true });
  await display({ "text/plain": "b" });
  await display({ [DISPLAY]: () => Promise.resolve({ "text/plain": "later" }) });
  assert.deepEqual(
    shown.map(({ bundle, options }) => [bundle, options]),
    [
      [
        { "text/markdown": "**a**", "text/plain": "**a**" },
        { displayId: "x", update: true },
      ],
      [{ "text/plain": "b" }, {}],
      [{ "text/plain": "later" }, {}],
    ],
  );
  assert.equal(DISPLAY, Symbol.for("gradlab.display"));
});

/** What a program prints where no kernel is. */
function printed(program: string): string {
  return execFileSync(
    process.execPath,
    ["--input-type=module", "-e", `import * as g from "gradlab";\n${program}`],
    {
      cwd: new URL("../..", import.meta.url),
      encoding: "utf8",
    },
  );
}

test("without a kernel text is printed, and a file is not filled with updates", () => {
  const out = printed(`
    await g.display(g.markdown("hello"));
    await g.display({ "application/json": {} });
    const bar = g.progress({ total: 3, label: "work" });
    for (let i = 0; i < 3; i++) { bar.tick(); await new Promise((r) => setTimeout(r, 120)); }
    bar.done();
    const chart = g.liveChart({ title: "loss" });
    for (let i = 0; i < 50; i++) chart.add("a", i, i);
    chart.done();`);
  const lines = out.split("\n");
  assert.equal(lines[0], "hello");
  assert.match(lines[1], /application\/json/);
  assert.match(lines[2], /^work ─+ 0% 0\/3/);
  assert.match(lines[3], /^work ━+ 100% 3\/3 .*✓$/);
  assert.equal(out.match(/work/g)?.length, 2);
  assert.ok((out.match(/loss/g)?.length ?? 0) <= 2, "the first and the last picture");
});

test("a waiting picture does not keep a program alive", () => {
  printed(
    `const chart = g.liveChart(); for (let i = 0; i < 9; i++) chart.add("a", i, i); g.progress({ total: 2 }).tick();`,
  );
});

test("progress is one output, counted, timed and closed", async (t) => {
  const shown = fakeHost(t);
  const bar = progress({ total: 200, label: "<b>&" });
  for (let i = 0; i < 100; i++) bar.tick(1, `loss ${i}`);
  await pause(150);
  const text = (i: number): string => shown.at(i)?.bundle["text/plain"] as string;
  assert.match(text(-1), /^<b>& ━{15}─{15} 50% 100\/200 · loss 99$/);
  bar.done();
  bar.tick();
  bar.fail("too late");
  assert.match(text(-1), /100% 200\/200 .* ✓$/);
  assert.ok(shown.length <= 5, `100 ticks are drawn ${shown.length} times`);
  assert.equal(new Set(shown.map(({ options }) => options.displayId)).size, 1);
  assert.equal(shown[0].options.update, undefined);
  assert.ok(shown.slice(1).every(({ options }) => options.update === true));
  const html = shown.at(-1)?.bundle["text/html"] as string;
  assert.match(html, /role="progressbar".*aria-valuenow="100"/s);
  assert.doesNotMatch(html, /<b>/);
});

test("progress that fails keeps where it was; without a total it only counts", (t) => {
  const shown = fakeHost(t);
  const bar = progress({ total: 10 });
  bar.update(4);
  bar.fail("disk full");
  assert.match(shown.at(-1)?.bundle["text/plain"] as string, /40% 4\/10 .*disk full ✗$/);
  const count = progress({ label: "rows" });
  count.tick(1234);
  count.done();
  assert.match(shown.at(-1)?.bundle["text/plain"] as string, /^rows 1,234/);
  const empty = progress({ total: 0 });
  empty.done();
  assert.match(shown.at(-1)?.bundle["text/plain"] as string, /100% 0\/0/);
});

test("a live chart is redrawn in place, at most about four times a second, and ends with every point", async (t) => {
  const shown = fakeHost(t);
  const chart = liveChart({ title: "loss" });
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 1100) {
    chart.add("train", count, 1 / (count + 1));
    count++;
    await pause(2);
  }
  const elapsed = performance.now() - start;
  chart.done();
  chart.done();
  assert.ok(shown.length <= 2 + elapsed / 250, `${shown.length} pictures in ${elapsed} ms`);
  assert.ok(shown.length >= 3, `${shown.length} pictures`);
  assert.equal(new Set(shown.map(({ options }) => options.displayId)).size, 1);
  assert.deepEqual([shown[0].options.update, shown[1].options.update], [undefined, true]);
  const figure = shown.at(-1)?.bundle["application/vnd.plotly.v1+json"] as { data: { x: number[] }[] };
  assert.equal(figure.data[0].x.at(-1), count - 1);
});

test("displayable wraps a bundle", async (t) => {
  const shown = fakeHost(t);
  await display(displayable(() => ({ "text/html": "<i>" })));
  assert.deepEqual(shown[0].bundle, { "text/html": "<i>" });
});
