import assert from "node:assert/strict";
import { test } from "node:test";
import { DISPLAY, table } from "gradlab";

const rows = [
  { model: "base", f1: 0.712345, note: "a|b <i>", n: 1234567 },
  { model: "调优", f1: 0.83, note: null, n: 5, extra: [1, 2] },
];

test("a table has three formats", () => {
  const shown = table(rows, { title: "Scores" });
  assert.equal(
    shown.text(),
    [
      "Scores",
      "model      f1  note             n  extra",
      "─────  ──────  ───────  ─────────  ─────",
      "base   0.7123  a|b <i>  1,234,567",
      "调优     0.83                   5  [1,2]",
    ].join("\n"),
  );
  assert.match(shown.markdown(), /^\*\*Scores\*\*\n\n\| model \| f1 \|.*\n\| --- \| ---: \|/);
  assert.match(shown.markdown(), /a\\\|b &lt;i>/);
  assert.match(shown.html(), /a\|b &#60;i&#62;/);
  assert.match(shown.html(), /<caption[^>]*>Scores<\/caption>/);
  assert.match(shown.html(), /text-align:right[^>]*>0\.7123</);
  assert.deepEqual(Object.keys(shown[DISPLAY]()), [
    "application/vnd.dataresource+json",
    "text/html",
    "text/markdown",
    "text/plain",
  ]);
});

test("front ends that know data resources get the values, capped and as JSON can say them", () => {
  const resource = (source: readonly object[]): Record<string, unknown> => {
    const bundle = table(source, { title: "Scores" })[DISPLAY]() as Record<string, Record<string, unknown>>;
    return bundle["application/vnd.dataresource+json"];
  };
  assert.deepEqual(resource(rows), {
    profile: "tabular-data-resource",
    title: "Scores",
    schema: {
      fields: [
        { name: "model", type: "string" },
        { name: "f1", type: "number" },
        { name: "note", type: "string" },
        { name: "n", type: "integer" },
        { name: "extra", type: "string" },
      ],
    },
    data: [
      { model: "base", f1: 0.712345, note: "a|b <i>", n: 1234567, extra: null },
      { model: "调优", f1: 0.83, note: null, n: 5, extra: "[1,2]" },
    ],
  });
  const many = resource(Array.from({ length: 1021 }, (_, i) => ({ i })));
  assert.equal((many["data"] as object[]).length, 500);
  assert.equal(many["totalRows"], 1021);
  assert.deepEqual(resource([{ a: NaN, b: 2n ** 60n, c: () => 1 }])["data"], [
    { a: "NaN", b: "1152921504606846976", c: "[function]" },
  ]);
});

test("what is left out is counted", () => {
  const many = Array.from({ length: 1021 }, (_, i) => ({ i }));
  assert.match(table(many).text(), /… 1,001 more rows$/);
  assert.match(table(many, { limit: 1020 }).html(), /… 1 more row</);
  assert.doesNotMatch(table(many, { limit: 2000 }).text(), /more/);
});

test("an arquero table shows itself", async () => {
  const arquero = await import("arquero");
  const data = arquero.table({ name: ["a", "b", "c"], value: [1.5, 2, 3] });
  assert.equal(
    table(data, { limit: 2 }).text(),
    ["name  value", "────  ─────", "a       1.5", "b         2", "… 1 more row"].join("\n"),
  );
});

test("odd values do not break a table", () => {
  const ring: Record<string, unknown> = {};
  ring.self = ring;
  const text = table([
    {
      a: NaN,
      b: new Date(0),
      c: ring,
      d: Symbol("s"),
      e: new Float32Array(100),
      f: 2n ** 60n,
      g: "x\ny".repeat(100),
    },
    { a: Infinity, b: new Date(NaN), d: () => 1, f: undefined, g: true },
  ]).text();
  for (const part of [
    "NaN",
    "∞",
    "1970-01-01",
    "invalid date",
    "[object]",
    "Symbol(s)",
    "[function]",
    "true",
  ])
    assert.ok(text.includes(part), part);
  assert.ok(text.split("\n").every((line) => line.length < 600));
  assert.equal(table([]).text(), "\n");
});
