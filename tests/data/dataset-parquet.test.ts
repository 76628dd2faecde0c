import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Dataset } from "gradlab";
import { refused } from "../refused.js";
import { ROOT } from "../source-files.js";
import { temporaryFolder } from "./temporary.js";

const run = promisify(execFile);
const child = fileURLToPath(new URL("./children/count-rows.js", import.meta.url));
const write = temporaryFolder();
const folder = join(ROOT, "tests", "golden", "parquet");
const golden = (name: string): string => join(folder, name);

/** What make_parquet.py gave to Apache Arrow's C++ library, another implementation. */
const expected = JSON.parse(readFileSync(golden("expected.json"), "utf8"), (_, value: unknown) => {
  if (typeof value !== "object" || value === null) return value;
  const { n, t, b, f } = value as Readonly<Record<string, unknown>>;
  if (typeof n === "string") return BigInt(n);
  if (typeof t === "number") return new Date(t);
  if (typeof b === "string") return new Uint8Array(Buffer.from(b, "hex"));
  return typeof f === "string" ? Number(f.replace("inf", "Infinity")) : value;
}) as Record<string, unknown>[];

const without = (row: Readonly<Record<string, unknown>>, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));

void describe("Parquet files of Apache Arrow", () => {
  const files = {
    "types.parquet": expected,
    "plain-v2.parquet": expected.map((row) => without(row, "turns")),
    // Version 1 has no unsigned integers of 32 bits.
    "int96-legacy-lists.parquet": expected.map(({ u32, ...row }) => ({
      ...row,
      u32: u32 === null ? null : BigInt(u32 as number),
    })),
  };
  for (const [name, want] of Object.entries(files)) {
    test(`${name} gives its typed rows, and goes on at any row`, async () => {
      const data = Dataset.from(golden(name));
      assert.deepEqual(await data.toArray(), want);
      for (let given = 0; given <= want.length; given++) {
        const rows = data[Symbol.asyncIterator]();
        for (let i = 0; i < given; i++) await rows.next();
        const state = JSON.parse(JSON.stringify(rows.state())) as ReturnType<typeof rows.state>;
        await rows.return();
        const rest: unknown[] = [];
        for await (const row of data.resume(state)) rest.push(row);
        assert.deepEqual(rest, want.slice(given));
      }
    });
  }

  test("every codec is read, and a file without rows has none", async () => {
    const some = expected.map(({ i64, text, list }) => ({ i64, text, list }));
    for (const name of ["none", "brotli", "lz4"])
      assert.deepEqual(await Dataset.from(golden(`${name}.parquet`)).toArray(), some, name);
    assert.deepEqual(await Dataset.from(golden("empty.parquet")).toArray(), []);
  });

  test("a page whose header counts too few nulls is refused, not misread", async () => {
    const data = Dataset.from<{ i8: unknown; turns: unknown }>(golden("v2-list-of-objects.parquet"));
    assert.match(
      (await refused("E_FILE_FORMAT", () => data.toArray())).where,
      /row group 0, column "turns"$/,
    );
    assert.deepEqual(
      await data.select("i8").toArray(),
      expected.map(({ i8 }) => ({ i8 })),
    );
  });

  test("select reads its columns alone", async () => {
    // Every byte of the other columns is destroyed: whoever reads them fails.
    const { parquetMetadata } = await import("hyparquet");
    const bytes = readFileSync(golden("types.parquet"));
    const metadata = parquetMetadata(new Uint8Array(bytes).buffer);
    for (const { meta_data } of metadata.row_groups.flatMap(({ columns }) => columns)) {
      const {
        path_in_schema: path,
        dictionary_page_offset,
        data_page_offset,
        total_compressed_size,
      } = meta_data!;
      const start = Number(dictionary_page_offset ?? data_page_offset);
      if (!["text", "i64"].includes(path[0])) bytes.fill(0xff, start, start + Number(total_compressed_size));
    }
    const path = write("holes.parquet", bytes);
    const data = Dataset.from<{ text: string | null; i64: bigint | null; list: unknown; word: string }>(path);
    const chosen = data.select("text", "i64");
    assert.deepEqual(
      await chosen.toArray(),
      expected.map(({ text, i64 }) => ({ text, i64 })),
    );
    const rows = chosen[Symbol.asyncIterator]();
    await rows.next();
    assert.equal((await chosen.resume(rows.state()).next()).value?.text, expected[1].text);
    const error = await refused("E_FILE_FORMAT", () => data.select("list", "text").toArray());
    assert.match(error.where, /holes\.parquet, row group 0, column "list"$/);
    const missing = Dataset.from<{ txt: string }>(golden("types.parquet")).select("txt");
    assert.match((await refused("E_DATA_FORMAT", () => missing.toArray())).hint, /Did you mean "text"/);
  });

  test("what is no Parquet, cut short, damaged or not there is refused, and nothing hangs", async () => {
    const good = readFileSync(golden("types.parquet"));
    const path = write("bad.parquet", "");
    const bad: Uint8Array[] = [
      Buffer.from("{}\n"),
      Buffer.from("PAR1PAR1"),
      Buffer.from("PAR1\xff\xff\xff\x7fPAR1", "latin1"),
    ];
    for (let length = 0; length < good.length; length += 701) bad.push(good.subarray(0, length));
    for (const bytes of bad) {
      writeFileSync(path, bytes);
      await refused("E_FILE_FORMAT", () => Dataset.from(path).toArray());
    }
    // A flipped bit in a page may only change a value: what matters is how it ends.
    for (let at = 0; at < good.length; at += 401) {
      writeFileSync(path, Buffer.from(good).fill(good[at] ^ (1 << (at % 8)), at, at + 1));
      await Dataset.from(path)
        .toArray()
        .catch((error: { code?: string }) => assert.equal(error.code, "E_FILE_FORMAT"));
    }
    await refused("E_FILE_NOT_FOUND", () => Dataset.from("missing.parquet").toArray());
    await refused("E_FILE_NOT_FOUND", () => Dataset.from("missing.parquet").fingerprint());
    await refused("E_DATA_FORMAT", () => Dataset.from("a.parquet.gz"));
    const rows = Dataset.from(golden("none.parquet"))[Symbol.asyncIterator]();
    await rows.next();
    const { at, ...state } = rows.state();
    const other = { ...state, at: { ...(at as object), bytes: 1 } };
    await refused("E_CHECKPOINT_MISMATCH", () => Dataset.from(golden("none.parquet")).resume(other).next());
  });
});

void describe("writing Parquet", () => {
  test("what is written reads as it was: all that Arrow's file held, and JavaScript's own", async () => {
    const path = write("again.parquet", "");
    // A map is written as an object, whose fields are the keys of all rows; texts stay texts.
    const rows = expected.map((row) => without(row, "map", "u64"));
    await Dataset.from(rows).write(path, { types: { date: "date" } });
    assert.deepEqual(await Dataset.from(path).toArray(), rows);
    const own = [
      {
        n: 1,
        x: -0,
        big: 2 ** 40,
        nothing: null,
        vector: Float32Array.of(0.1, 2),
        turns: [{ role: "user", content: "a" }],
      },
      { n: -(2 ** 31), x: 1, big: 0.5, nothing: null, vector: null, turns: [{ role: "user" }, null] },
      { n: null, x: Infinity, big: Number.NaN, nothing: null, vector: new Float32Array(), turns: [] },
    ];
    await Dataset.from<object>(own).write(path);
    assert.deepEqual(await Dataset.from(path).toArray(), [
      { ...own[0], vector: [Math.fround(0.1), 2] },
      { ...own[1], turns: [{ role: "user", content: null }, null] },
      { ...own[2], vector: [] },
    ]);
    await Dataset.from([]).write(path);
    assert.deepEqual(await Dataset.from(path).toArray(), []);
  });

  test("row groups end after 10 000 rows; their bounds are no matter for shuffles and states", async () => {
    const path = write("groups.parquet", "");
    const rows = Array.from({ length: 12_000 }, (_, i) => ({ i, text: `row ${i}` }));
    await Dataset.from(rows).write(path);
    const { parquetMetadata } = await import("hyparquet");
    const { row_groups: groups } = parquetMetadata(new Uint8Array(readFileSync(path)).buffer);
    assert.deepEqual(
      groups.map(({ num_rows }) => Number(num_rows)),
      [10_000, 2000],
    );
    const data = Dataset.from(path);
    assert.deepEqual(await data.toArray(), rows);
    const mixed = data.shuffle({ buffer: 1000, seed: 3 });
    const walk = mixed[Symbol.asyncIterator]();
    for (let i = 0; i < 9500; i++) await walk.next();
    const resumed = mixed.resume(walk.state());
    for (let i = 0; i < 600; i++) assert.deepEqual(await resumed.next(), await walk.next());
  });

  test("a value that does not fit is refused at its row and column; the type is the lever", async () => {
    const path = write("unfit.parquet", "before");
    const rows = (last: unknown): Dataset<object> =>
      Dataset.from<object>([...Array.from({ length: 10_000 }, () => ({ a: 1 })), { a: last }]);
    const error = await refused("E_DATA_FORMAT", () => rows(3.5).write(path));
    assert.match(error.message, /column "a" holds 3\.5 where int32 is wanted.*rows\[10000\].*types/s);
    assert.equal(readFileSync(path, "utf8"), "before");
    await rows(3.5).write(path, { types: { a: "double" } });
    assert.deepEqual((await Dataset.from(path).skip(10_000).toArray())[0], { a: 3.5 });
    await rows(2n ** 40n).write(path, { types: { a: "int64" } });
    assert.deepEqual(
      (await Dataset.from<{ a: unknown }>(path).skip(9999).toArray()).map(({ a }) => a),
      [1n, 2n ** 40n],
    );
    const bad: unknown[] = [
      "\ud800",
      new Date(Number.NaN),
      2n ** 63n,
      {},
      new Map([[1, 2]]),
      () => 1,
      [1, "a"],
      [[1], 2],
    ];
    for (const value of bad) {
      const { where } = await refused("E_DATA_FORMAT", () =>
        Dataset.from<object>([{ v: null }, { v: value }]).write(path),
      );
      assert.match(where, /rows\[1\]/);
    }
    await refused("E_DATA_FORMAT", () => Dataset.from<object>([{ a: 1 }, { b: 1 }]).write(path));
    await refused("E_DATA_FORMAT", () => Dataset.from<object>([{ a: 1 }, { a: 1, b: 1 }]).write(path));
    await refused("E_CONFIG", () => Dataset.from([{ a: 1 }]).write(path, { types: { b: "int32" } }));
    await refused("E_CONFIG", () =>
      Dataset.from([{ a: 1 }]).write(write("a.csv", ""), { types: { a: "int32" } }),
    );
  });

  test("rows that a heap would not hold pass through it", async (t) => {
    const path = write("large.parquet", "");
    const text = "All the rows of a corpus that no memory holds. ".repeat(12);
    const count = 90_000;
    await Dataset.from(function* () {
      for (let id = 0; id < count; id++) yield { id, text: `${text}${id}` };
    }).write(path);
    const heapMB = 40;
    assert.ok(count * text.length > heapMB * 1.1e6);
    const { stdout } = await run(process.execPath, [`--max-old-space-size=${heapMB}`, child, path]);
    assert.deepEqual(JSON.parse(stdout), { rows: count, last: count - 1 });
    // The file itself would not do as a measure: equal texts are stored once.
    t.diagnostic(`${(count * text.length) / 1e6} MB of text, ${statSync(path).size / 1e6} MB in the file`);
  });
});
