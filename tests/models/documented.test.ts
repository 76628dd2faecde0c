import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as gradlab from "gradlab";
import { ARCHITECTURES, LOADER_OF } from "gradlab";

const page = readFileSync(new URL("../../../docs/models.md", import.meta.url), "utf8");

test("docs/models.md has a row for every model_type that a loader reads, and no other", () => {
  const rows = [...page.matchAll(/^\| `([\w.-]+)` +\| `(load\w+)` +\|/gm)].map(([, type, loader]) => [
    type,
    loader,
  ]);
  const read = [
    ...ARCHITECTURES.flatMap(({ modelTypes }) => modelTypes.map((type) => [type, "loadModel"])),
    ...LOADER_OF,
  ];
  assert.ok(rows.length >= 7);
  const sorted = (pairs: readonly (readonly string[])[]): string[] => pairs.map(String).sort();
  assert.deepEqual(sorted(rows), sorted(read));
  assert.deepEqual(
    rows.map(([type]) => type),
    rows.map(([type]) => type).sort(),
    "rows are alphabetical",
  );
});

test("every loader it names is exported", () => {
  for (const [, name] of page.matchAll(/`(load[A-Z]\w*)/g)) {
    assert.ok(name in gradlab, name);
  }
});
