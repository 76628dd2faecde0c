import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Dataset } from "gradlab";
import { ROOT } from "../source-files.js";
import { temporaryFolder } from "./temporary.js";

const write = temporaryFolder();
const golden = (name: string): string => join(ROOT, "tests", "golden", "arrow", name);

void describe("Arrow", () => {
  // What make-arrow.mjs gave to apache-arrow, another implementation.
  const expected = [
    { i: 1, x: 0.25, text: "a", word: "a", yes: false, big: 1n, time: new Date(0) },
    { i: 2, x: 0.5, text: null, word: null, yes: true, big: 2n ** 60n + 1n, time: new Date(86_400_000) },
  ];
  for (const name of ["file.arrow", "stream.arrow"]) {
    test(`${name} of apache-arrow gives its rows, also packed, and resumes`, async () => {
      const packed = write(`${name}.gz`, gzipSync(readFileSync(golden(name))));
      for (const path of [golden(name), packed]) {
        const data = Dataset.from(path);
        assert.deepEqual(await data.toArray(), expected);
        const rows = data[Symbol.asyncIterator]();
        await rows.next();
        assert.deepEqual((await data.resume(rows.state()).next()).value, expected[1]);
      }
      assert.equal(await Dataset.from(packed).fingerprint(), await Dataset.from(golden(name)).fingerprint());
    });
  }

  test("what is written reads as it was, and values of several types in one column are refused", async () => {
    for (const name of ["written.arrow", "written.arrow.gz"]) {
      const path = write(name, "");
      await Dataset.from(expected).write(path);
      assert.deepEqual(await Dataset.from(path).toArray(), expected);
    }
    const mixed = Dataset.from<object>([{ a: 1 }, { a: "x" }]);
    await assert.rejects(mixed.write(write("mixed.arrow", "")), { code: "E_DATA_FORMAT" });
    await assert.rejects(Dataset.from<object>([{ a: 1 }, { b: 1 }]).write(write("b.arrow", "")), {
      where: "rows[1]",
    });
  });

  test("what is no Arrow, or not there, is refused", async () => {
    const where = write("no.arrow", "{}\n");
    await assert.rejects(Dataset.from(where).toArray(), { code: "E_FILE_FORMAT", where });
    await assert.rejects(Dataset.from("missing.arrow").toArray(), { code: "E_FILE_NOT_FOUND" });
  });
});
