import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Dataset, loadRows } from "gradlab";
import { temporaryFolder } from "./temporary.js";

const folder = dirname(temporaryFolder()("start.txt", ""));
const path = (name: string): string => join(folder, name);

void describe("write", () => {
  const rows = [
    { a: 'say "hi"', b: "x,y\tz" },
    { a: "two\nlines", b: "" },
    { a: " ünï 😀 ", b: "1" },
  ];

  for (const name of ["w.jsonl", "w.ndjson", "w.csv", "w.tsv"]) {
    test(`${name} and ${name}.gz read as they were written`, async () => {
      for (const file of [path(name), path(`${name}.gz`)]) {
        await Dataset.from(rows).write(file);
        assert.deepEqual(await Dataset.from(file).toArray(), rows);
        assert.ok(!existsSync(`${file}.partial`));
      }
      assert.deepEqual(gunzipSync(readFileSync(path(`${name}.gz`))), readFileSync(path(name)));
    });
  }

  test("a .txt is a text a line, and holds only what is read as it was", async () => {
    const lines = [{ text: "  a, “b” 😀\t" }, { text: "c" }];
    for (const file of [path("w.txt"), path("w.txt.gz")]) {
      await Dataset.from(lines).write(file);
      assert.deepEqual(await Dataset.from(file).toArray(), lines);
      await Dataset.from(lines.map(({ text }) => text)).write(file);
      assert.deepEqual(await Dataset.from(file).toArray(), lines);
    }
    for (const row of [
      { text: "a\nb" },
      { text: " " },
      "\ufeffa",
      { text: 1 },
      { text: "a", b: 1 },
      { b: 1 },
      7,
    ])
      await assert.rejects(Dataset.from<unknown>(["a", row]).write(path("no.txt")), {
        code: "E_DATA_FORMAT",
        where: "rows[1]",
      });
    assert.ok(!existsSync(path("no.txt")));
  });

  test("RFC 4180's own examples of quotes are written so", async () => {
    await Dataset.from([{ field_name: "aaa", "other,one": 'b"bb', third: "c\nc" }]).write(path("rfc.csv"));
    assert.equal(readFileSync(path("rfc.csv"), "utf8"), 'field_name,"other,one",third\naaa,"b""bb","c\nc"\n');
  });

  test("a lone empty field is a row, and values that are no text are written as in JSON", async () => {
    await Dataset.from([{ a: "" }, { a: "x" }]).write(path("lone.csv"));
    assert.deepEqual(await Dataset.from(path("lone.csv")).toArray(), [{ a: "" }, { a: "x" }]);
    await Dataset.from([
      { n: 1.5, b: true, no: null, list: [1, "x"], big: 2n ** 60n + 1n, day: new Date(0) },
    ]).write(path("values.csv"));
    assert.equal(
      readFileSync(path("values.csv"), "utf8").split("\n")[1],
      '1.5,true,,"[1,""x""]","""1152921504606846977""",1970-01-01T00:00:00.000Z',
    );
  });

  test("rows that do not fit are refused at their place, and no file is left", async () => {
    const uneven = Dataset.from<object>([{ a: 1 }, { a: 2, b: 3 }]);
    await assert.rejects(uneven.write(path("uneven.csv")), { code: "E_DATA_FORMAT", where: "rows[1]" });
    await assert.rejects(Dataset.from<object>([{ a: 1 }, { b: 1 }]).write(path("uneven.csv")), {
      where: "rows[1]",
    });
    await assert.rejects(Dataset.from<unknown>([undefined]).write(path("no.jsonl")), {
      code: "E_DATA_FORMAT",
    });
    await assert.rejects(Dataset.from([1]).write(path("rows.xlsx")), { code: "E_DATA_FORMAT" });
    for (const name of ["uneven.csv", "uneven.csv.partial", "no.jsonl", "no.jsonl.partial"])
      assert.ok(!existsSync(path(name)), name);
  });

  test("rows for training are read from a data set, and refused at the file's line", async () => {
    await Dataset.from([{ q: "1", a: "2" }, { q: "3" }]).write(path("train.jsonl"));
    const data = Dataset.from<{ q: string; a: string }>(path("train.jsonl"));
    const fields = { prompt: "q", completion: "a" };
    assert.deepEqual(await loadRows(data.take(1), { fields }), [{ prompt: "1", completion: "2" }]);
    await assert.rejects(loadRows(data, { fields }), { code: "E_DATA_FORMAT", where: /train\.jsonl:2:a$/ });
    await assert.rejects(loadRows(data.take(0)), { code: "E_DATA_EMPTY" });
  });
});
