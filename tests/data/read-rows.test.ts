import assert from "node:assert/strict";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { GradlabError, loadRows, readRows, type DatasetRef, type ReadOptions } from "gradlab";
import { temporaryFolder } from "./temporary.js";

const write = temporaryFolder();

/** Reading must fail with this code, at this place, with these words. */
async function refuses(
  source: DatasetRef,
  expected: { code: string; at?: RegExp; message: RegExp },
  options?: ReadOptions,
): Promise<void> {
  await assert.rejects(loadRows(source, options), (error) => {
    assert.ok(error instanceof GradlabError, String(error));
    assert.equal(error.code, expected.code, error.message);
    assert.match(error.message, expected.message);
    if (expected.at !== undefined) assert.match(error.where, expected.at);
    assert.ok(error.hint.length > 0);
    return true;
  });
}

void describe("every format gives the same rows", () => {
  const rows = [
    { prompt: "a, b", completion: 'say "hi"' },
    { prompt: "line\nbreak", completion: "ünï 😀" },
  ];
  const jsonl = rows.map((row) => JSON.stringify(row)).join("\n");
  const csv = 'prompt,completion\n"a, b","say ""hi"""\n"line\nbreak",ünï 😀\n';
  const forms: readonly (readonly [name: string, content: string | Uint8Array])[] = [
    ["rows.jsonl", `${jsonl}\n`],
    ["crlf.jsonl", `\ufeff${jsonl.replace("\n", "\r\n\r\n")}`],
    ["rows.ndjson", jsonl],
    ["rows.json", JSON.stringify(rows, null, 2)],
    ["rows.csv", csv],
    ["crlf.csv", csv.replaceAll('e"\n', 'e"\r\n').replace("completion\n", "completion\r\n")],
    ["rows.tsv", csv.replaceAll(/,(?! )/g, "\t")],
    ["rows.jsonl.gz", gzipSync(jsonl)],
  ];
  for (const [name, content] of forms)
    void test(name, async () => assert.deepEqual(await loadRows(write(name, content)), rows));

  void test("arrays and asynchronous iterables", async () => {
    async function* later(): AsyncGenerator<unknown> {
      for (const row of rows) yield await Promise.resolve(row);
    }
    assert.deepEqual(await loadRows(rows), rows);
    assert.deepEqual(await loadRows(later()), rows);
  });

  void test("text by line, conversations, other field names", async () => {
    assert.deepEqual(await loadRows(write("a.txt", "one\n\n two \n")), [{ text: "one" }, { text: " two " }]);
    const messages = [{ role: "user", content: "hi" }];
    assert.deepEqual(await loadRows([{ messages, id: 3 }]), [{ messages }]);
    const named = write("named.csv", "instruction,output,score\nadd,4,1\n");
    assert.deepEqual(await loadRows(named, { fields: { prompt: "instruction", completion: "output" } }), [
      { prompt: "add", completion: "4" },
    ]);
  });

  void test("lines longer than a read chunk, and characters cut by one", async () => {
    const text = "é😀x".repeat(200_000);
    assert.deepEqual(await loadRows(write("long.jsonl", JSON.stringify({ text }))), [{ text }]);
  });

  void test("reading may stop early", async () => {
    const many = write("many.jsonl.gz", gzipSync('{"text":"x"}\n'.repeat(200_000)));
    for await (const row of readRows(many)) {
      assert.deepEqual(row, { text: "x" });
      break;
    }
  });
});

void describe("bad input is refused with its place", () => {
  void test("a line that does not parse", async () => {
    const cases: readonly (readonly [line: string, column: number, message: RegExp])[] = [
      ['{"text": "a" "b"}', 14, /expected "," or "}", got "\\"b\\"}"/],
      ['{"text": "a"', 13, /got the end of the line/],
      ["{'text': 1}", 2, /a field name in double quotes/],
      ['{"text" "a"}', 9, /":" after the field name/],
      ['{"text": nope}', 10, /a value/],
      ['{"text": "a\tb"}', 12, /a valid character of a string/],
      ['{"text": "a', 12, /closing " of a string/],
      ['{"text": "a"} x', 15, /the end of the value/],
      ['{"text": "a",}', 14, /a field name/],
      ["[1, 2,]", 7, /a value/],
      ["NaN", 1, /a value/],
      ["[".repeat(5000), 1001, /levels of nesting/],
    ];
    for (const [index, [line, column, message]] of cases.entries()) {
      const file = write(`bad-${index}.jsonl`, `{"text":"fine"}\n\n${line}\n`);
      await refuses(file, { code: "E_DATA_FORMAT", at: new RegExp(`\\.jsonl:3:${column}$`), message });
    }
  });

  void test("a JSON array with an error, or none", async () => {
    const broken = write("broken.json", '[\n  {"text": "a"},\n  {"text": b}\n]');
    await refuses(broken, { code: "E_DATA_FORMAT", at: /broken\.json:3:12$/, message: /expected a value/ });
    const object = write("object.json", '{"text": "a"}');
    await refuses(object, { code: "E_DATA_FORMAT", message: /not a JSON array/ });
    const item = write("item.json", '[{"text": "a"}, {"text": 1}]');
    await refuses(item, { code: "E_DATA_FORMAT", at: /item\.json\[1\]:text$/, message: /the number 1/ });
  });

  void test("a missing field", async () => {
    const file = write("missing.jsonl", '{"prompt": "a", "completion": "b"}\n{"prompt": "a"}\n');
    await refuses(file, {
      code: "E_DATA_FORMAT",
      at: /:2:completion$/,
      message: /"completion" is missing; the row has "prompt"/,
    });
    await refuses([{ instruction: "x" }], {
      code: "E_DATA_FORMAT",
      at: /rows\[0\]/,
      message: /it has "instruction"/,
    });
    await refuses([{}], { code: "E_DATA_FORMAT", message: /it has no fields/ });
    const renamed = write("renamed.csv", "q,a\n1,2\n");
    await refuses(renamed, { code: "E_DATA_FORMAT", message: /it has "q", "a"/ });
    await refuses(
      renamed,
      { code: "E_DATA_FORMAT", message: /"answer" is missing/ },
      { fields: { prompt: "q", completion: "answer" } },
    );
  });

  void test("a field of the wrong type", async () => {
    await refuses([{ text: 3 }], {
      code: "E_DATA_FORMAT",
      at: /rows\[0\]:text/,
      message: /must be a string, got the number 3/,
    });
    await refuses([{ text: null }], { code: "E_DATA_FORMAT", message: /got null/ });
    await refuses([{ prompt: "a", completion: ["b"] }], { code: "E_DATA_FORMAT", message: /got an array/ });
    await refuses([{ messages: "hi" }], {
      code: "E_DATA_FORMAT",
      message: /must be an array, got the string "hi"/,
    });
    await refuses([{ messages: [] }], { code: "E_DATA_FORMAT", message: /empty array/ });
    await refuses([{ messages: [{ role: "bot", content: "" }] }], {
      code: "E_DATA_FORMAT",
      at: /messages\[0\]\.role/,
      message: /"bot"/,
    });
    await refuses([{ messages: [{ role: "user" }] }], {
      code: "E_DATA_FORMAT",
      at: /messages\[0\]\.content/,
      message: /undefined/,
    });
    await refuses(["just text"], { code: "E_DATA_FORMAT", message: /A row is an object, got the string/ });
    await refuses([[1]], { code: "E_DATA_FORMAT", message: /got an array/ });
  });

  void test("nothing to read", async () => {
    for (const [name, content] of [
      ["e.jsonl", ""],
      ["blank.jsonl", " \n\n"],
      ["e.json", "[]"],
      ["e.csv", "a,b\n"],
      ["e.txt", ""],
    ])
      await refuses(write(name, content), { code: "E_DATA_EMPTY", message: /has no rows/ });
    await refuses([], { code: "E_DATA_EMPTY", message: /has no rows/ });
  });

  void test("no such file, a folder, an unknown kind, no data set at all", async () => {
    await refuses("no/such.jsonl", { code: "E_FILE_NOT_FOUND", message: /no\/such\.jsonl/ });
    await refuses(write("x.xyz", "a"), { code: "E_DATA_FORMAT", message: /Known endings: \.jsonl/ });
    await refuses(42 as unknown as string[], { code: "E_DATA_FORMAT", message: /path, an array/ });
    const folder = `${dirname(write("y.txt", "y"))}/.`;
    await refuses(`${folder}/../no.jsonl`, { code: "E_FILE_NOT_FOUND", message: /no\.jsonl/ });
  });

  void test("bytes that are not UTF-8, or a damaged archive", async () => {
    const latin = write("latin.jsonl", Buffer.from('{"text":"a"}\n{"text":"caf\xe9"}\n', "latin1"));
    await refuses(latin, { code: "E_DATA_FORMAT", at: /latin\.jsonl:2:13$/, message: /not UTF-8/ });
    await refuses(write("wide.csv", Buffer.from("\ufeffa,b\n", "utf16le")), {
      code: "E_DATA_FORMAT",
      message: /UTF-16/,
    });
    const cut = gzipSync('{"text":"x"}\n'.repeat(1000)).subarray(0, 40);
    await refuses(write("cut.jsonl.gz", cut), { code: "E_FILE_FORMAT", message: /cannot be read/ });
  });

  void test("CSV that is not rectangular or not quoted as it should be", async () => {
    await refuses(write("short.csv", "prompt,completion\na,b\nc\n"), {
      code: "E_DATA_FORMAT",
      at: /:3$/,
      message: /1 fields, the header has 2/,
    });
    await refuses(write("open.csv", `text\n"never closed\n${"x\n".repeat(50_000)}`), {
      code: "E_DATA_FORMAT",
      at: /:2$/,
      message: /never closed/,
    });
    await refuses(write("after.csv", 'text\n"a"b\n'), {
      code: "E_DATA_FORMAT",
      at: /:2:4$/,
      message: /after a quoted field, got "b"/,
    });
    await refuses(write("twice.csv", "text,text\na,b\n"), { code: "E_DATA_FORMAT", message: /occurs twice/ });
  });
});
