import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Dataset, GradlabError } from "gradlab";
import { temporaryFolder } from "./temporary.js";

const write = temporaryFolder();

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Reading must fail with this code at this place. */
async function refuses(data: Dataset<unknown>, code: string, at: RegExp, message = /./): Promise<void> {
  await assert.rejects(data.toArray(), (error) => {
    assert.ok(error instanceof GradlabError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.where, at);
    assert.match(error.message, message);
    return true;
  });
}

void describe("text files", () => {
  const jsonl = '{"a":"1","b":"x"}\n{"a":"2","b":"y, z"}\n';
  const csv = 'a,b\n1,x\n2,"y, z"\n';
  const rows = [
    { a: "1", b: "x" },
    { a: "2", b: "y, z" },
  ];
  for (const [name, content] of [
    ["rows.jsonl", jsonl],
    ["rows.ndjson", jsonl.replaceAll("\n", "\r\n")],
    ["rows.json", JSON.stringify(rows)],
    ["rows.csv", csv],
    ["rows.tsv", csv.replaceAll(/,(?! )/g, "\t")],
  ] as const) {
    test(`${name} and ${name}.gz give their rows`, async () => {
      assert.deepEqual(await Dataset.from(write(name, content)).toArray(), rows);
      assert.deepEqual(await Dataset.from(write(`${name}.gz`, gzipSync(content))).toArray(), rows);
    });
  }

  test("a .txt is a row of text for each line that is not empty", async () => {
    assert.deepEqual(await Dataset.from(write("lines.txt", "\ufeffone\r\n\r\ntwo")).toArray(), [
      { text: "one" },
      { text: "two" },
    ]);
  });

  test("lines longer than what is read at once, and a file in parts of a .gz, come whole", async () => {
    const long = "ü".repeat(300_000);
    const text = `${JSON.stringify({ long })}\n{"long":"short"}`;
    const zipped = Buffer.concat([gzipSync(text.slice(0, 100)), gzipSync(text.slice(100))]);
    const expected = [{ long }, { long: "short" }];
    assert.deepEqual(await Dataset.from(write("long.jsonl", text)).toArray(), expected);
    assert.deepEqual(await Dataset.from(write("parts.jsonl.gz", zipped)).toArray(), expected);
  });

  test("what cannot be read is refused at file:line:column", async () => {
    const json = Dataset.from(write("bad.jsonl", '{"a":1}\n{"a":}\n'));
    await refuses(json, "E_DATA_FORMAT", /bad\.jsonl:2:6$/);
    const utf8 = Dataset.from(write("latin.jsonl", Buffer.from('{"a":1}\n{"a":"\xe9"}\n', "latin1")));
    await refuses(utf8, "E_DATA_FORMAT", /latin\.jsonl:2:7$/);
    const quote = Dataset.from(write("quote.csv", 'a,b\n"one\ntwo"x,2\n'));
    await refuses(quote, "E_DATA_FORMAT", /quote\.csv:3:5$/);
    await refuses(Dataset.from(write("short.csv", "a,b\n1\n")), "E_DATA_FORMAT", /short\.csv:2$/);
    await refuses(Dataset.from("missing.jsonl"), "E_FILE_NOT_FOUND", /missing\.jsonl$/);
    const damaged = gzipSync("{}\n".repeat(1000)).subarray(0, 30);
    await refuses(Dataset.from(write("cut.jsonl.gz", damaged)), "E_FILE_FORMAT", /cut\.jsonl\.gz$/);
    assert.throws(() => Dataset.from("rows.xlsx"), { code: "E_DATA_FORMAT" });
    assert.throws(() => Dataset.from(7 as never), { code: "E_DATA_FORMAT" });
  });

  test("a function's failure and a missing column are told with the row's place", async () => {
    const data = Dataset.from<{ a: number }>(write("places.jsonl", '{"a":1}\n\n{"a":2}\n'));
    const failing = data.map(({ a }) => {
      if (a === 2) throw new Error("two is too many");
      return a;
    });
    await refuses(failing, "E_DATA_FORMAT", /places\.jsonl:3$/, /two is too many/);
    await refuses(data.select("aa" as "a"), "E_DATA_FORMAT", /places\.jsonl:1$/, /Did you mean "a"/);
    await refuses(data.renameColumn("b" as "a", "c"), "E_DATA_FORMAT", /places\.jsonl:1$/);
  });
});

void describe("operators", () => {
  const ten = Dataset.from(range(10));

  test("nothing is read before the first row is asked for, and no more than needed", async () => {
    let read = 0;
    const data = Dataset.from(function* () {
      for (const i of range(100)) {
        read++;
        yield i;
      }
    });
    const first = data
      .map((x) => x + 1)
      .filter((x) => x % 2 === 0)
      .take(3);
    assert.equal(read, 0);
    assert.deepEqual(await first.toArray(), [2, 4, 6]);
    assert.equal(read, 6);
    assert.deepEqual(await first.toArray(), [2, 4, 6], "a second iteration starts anew");
  });

  test("map and filter are told the row's number and may be async", async () => {
    assert.deepEqual(
      await ten
        .map((x, i) => Promise.resolve(x * i))
        .take(4)
        .toArray(),
      [0, 1, 4, 9],
    );
    assert.deepEqual(await ten.filter((_, i) => Promise.resolve(i > 7)).toArray(), [8, 9]);
  });

  test("batch, take, skip and concat are those of arrays", async () => {
    assert.deepEqual(await ten.batch(4).toArray(), [range(4), [4, 5, 6, 7], [8, 9]]);
    assert.deepEqual(await ten.batch(4, { dropLast: true }).toArray(), [range(4), [4, 5, 6, 7]]);
    assert.deepEqual(await ten.take(0).toArray(), []);
    assert.deepEqual(
      await ten
        .skip(8)
        .concat(ten.take(2), Dataset.from(["x"]))
        .toArray(),
      [8, 9, 0, 1, "x"],
    );
    assert.deepEqual(await ten.skip(99).toArray(), []);
  });

  test("rows keep their types through select, renameColumn and map", async () => {
    const data = Dataset.from([{ id: 1, q: "1+1", a: "2" }]);
    const renamed = data.renameColumn("q", "prompt").renameColumn("a", "completion");
    const chosen = renamed.select("completion", "prompt");
    const lengths: Dataset<number> = chosen.map(
      ({ prompt, completion }) => prompt.length + completion.length,
    );
    assert.deepEqual(await chosen.toArray(), [{ completion: "2", prompt: "1+1" }]);
    assert.deepEqual(await lengths.toArray(), [4]);
    // @ts-expect-error the column has another name now
    void chosen.map(({ q }) => q as string);
    // @ts-expect-error there is no such column
    void data.select("b");
    assert.deepEqual(
      await Dataset.from([{ a: 1, b: 2 }])
        .renameColumn("a", "b")
        .toArray(),
      [{ b: 1 }],
    );
  });

  test("groupBy gathers rows by a column or a function, keys as they first occur", async () => {
    const rows = [
      { k: "b", n: 1 },
      { k: "a", n: 2 },
      { k: "b", n: 3 },
    ];
    assert.deepEqual(await Dataset.from(rows).groupBy("k").toArray(), [
      { key: "b", rows: [rows[0], rows[2]] },
      { key: "a", rows: [rows[1]] },
    ]);
    const sizes = Dataset.from(rows)
      .groupBy(({ n }) => n > 1)
      .map(({ key, rows: { length } }) => ({ key, length }));
    assert.deepEqual(await sizes.toArray(), [
      { key: false, length: 1 },
      { key: true, length: 2 },
    ]);
  });

  test("options that make no sense are refused", () => {
    for (const call of [
      () => ten.batch(0),
      () => ten.take(-1),
      () => ten.skip(0.5),
      () => ten.shuffle({ buffer: 0 }),
      () => ten.shuffle({ seed: 0.5 }),
      () => ten.shard(2, 2),
      () => ten.interleave([ten], { weights: [1] }),
      () => ten.interleave([ten], { weights: [1, 0] }),
    ])
      assert.throws(call, { code: "E_CONFIG" });
  });

  test("a generator is read once, and refused when it is asked again; a set starts anew", async () => {
    const once = Dataset.from(range(3).values());
    assert.deepEqual(await once.toArray(), [0, 1, 2]);
    await refuses(once, "E_DATA_FORMAT", /^$/, /run only once/);
    const set = Dataset.from(new Set([1, 2]));
    assert.deepEqual(await set.concat(set).toArray(), [1, 2, 1, 2]);
  });

  test("an Arquero table gives its rows as filtered and ordered, and comes back", async () => {
    const { table, desc } = await import("arquero");
    const source = table({ x: [1, 2, 3], y: ["a", "b", "c"] });
    const data = Dataset.from<{ x: number; y: string }>(
      source.filter((d: { x: number }) => d.x > 1).orderby(desc("x")),
    );
    assert.deepEqual(await data.toArray(), [
      { x: 3, y: "c" },
      { x: 2, y: "b" },
    ]);
    const back = await data.toTable();
    assert.deepEqual(back.columnNames(), ["x", "y"]);
    assert.deepEqual([...back.array("y")], ["c", "b"]);
  });

  test("rows asked for at once come in order, and no state is given between two rows", async () => {
    const rows = ten
      .map((x) => new Promise<number>((done) => void setTimeout(done, 10 - x, x)))
      [Symbol.asyncIterator]();
    const asked = [rows.next(), rows.next(), rows.next()];
    assert.throws(() => rows.state(), { code: "E_CONFIG" });
    assert.deepEqual(
      (await Promise.all(asked)).map(({ value }) => value),
      [0, 1, 2],
    );
  });
});
