import assert from "node:assert/strict";
import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  openJournal,
  parseJson,
  pathKind,
  readJson,
  readText,
  recoverFolder,
  sha256,
  sha256File,
  writeFileAtomic,
  writeFolderAtomic,
} from "gradlab";
import { refused } from "../refused.js";
import { scratch } from "./scratch.js";

test("a file is replaced whole or not at all", async (t) => {
  const folder = await scratch(t);
  const path = join(folder, "deep", "a.txt");
  await writeFileAtomic(path, "one");
  await writeFileAtomic(path, Buffer.from("two"));
  assert.equal(await readText(path), "two");
  await assert.rejects(
    writeFileAtomic(path, async (write) => {
      await write(Buffer.from("thr"));
      throw new Error("power cut");
    }),
    /power cut/,
  );
  assert.equal(await readText(path), "two");
  assert.deepEqual(await readdir(join(folder, "deep")), ["a.txt"]);
});

test("writers of the same file do not meet", async (t) => {
  const path = join(await scratch(t), "a");
  const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
  assert.ok(texts.includes(await readText(path)));
});

test("a folder is replaced whole or not at all", async (t) => {
  const folder = await scratch(t);
  const path = join(folder, "out");
  const write = (text: string) => (dir: string) => writeFileAtomic(join(dir, "sub", "a"), text);
  await writeFolderAtomic(path, write("one"));
  await writeFile(join(path, "stale"), "x");
  await writeFolderAtomic(path, write("two"));
  assert.deepEqual(await readdir(path), ["sub"]);
  await assert.rejects(
    writeFolderAtomic(path, async (dir) => {
      await write("three")(dir);
      throw new Error("disk full");
    }),
    /disk full/,
  );
  assert.equal(await readText(join(path, "sub", "a")), "two");
  assert.deepEqual(await readdir(folder), ["out"]);
});

test("a replacement cut short between its renames is undone", async (t) => {
  const folder = await scratch(t);
  const path = join(folder, "out");
  await writeFolderAtomic(path, (dir) => writeFileAtomic(join(dir, "a"), "kept"));
  await rename(path, join(folder, ".out.old-1-abcd"));
  assert.equal(await recoverFolder(path), true);
  assert.equal(await readText(join(path, "a")), "kept");
  await mkdir(join(folder, ".out.old-1-abcd"));
  assert.equal(await recoverFolder(path), false);
  assert.deepEqual(await readdir(folder), ["out"]);
});

test("a mistake in JSON is shown by file, line and column", () => {
  const cases: [string, string, RegExp][] = [
    ['{\n  "a": 1,\n}', "x:3:1", /key in double quotes, found "}"/],
    ['{"a" 1}', "x:1:6", /expected ":"/],
    ["[1, 2", "x:1:6", /expected "," or "]", found the end of the file/],
    ["[1 2]", "x:1:4", /expected ","/],
    ["", "x:1:1", /expected a value, found the end/],
    ["{'a': 1}", "x:1:2", /double quotes/],
    ['["a\nb"]', "x:1:2", /not closed/],
    ['["\\x"]', "x:1:2", /bad escape/],
    ["[01]", "x:1:3", /expected ","/],
    ["nul", "x:1:1", /expected a value/],
    ["1 2", "x:1:3", /nothing may follow/],
    ['{"a":1,\n "a":2}', "x:2:2", /"a" occurs twice/],
    ["NaN", "x:1:1", /expected a value/],
  ];
  for (const [text, where, message] of cases)
    assert.throws(
      () => parseJson(text, "x"),
      (error: { where: string; sentence: string }) => {
        assert.equal(error.where, where, text);
        assert.match(error.sentence, message, text);
        return true;
      },
    );
});

test("the own recogniser accepts what JSON.parse accepts, and nothing else", () => {
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"b"',
    "1",
    "-0.5e+3",
    "true",
    "null",
    " ",
    "\n",
    '"\\u00e9"',
    "-",
    ".",
  ];
  let state = 1;
  let valid = 0;
  for (let i = 0; i < 40_000; i++) {
    let text = "";
    const length = 1 + (i % 7);
    for (let k = 0; k < length; k++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      text += pieces[(state >>> 8) % pieces.length];
    }
    const attempt = (parse: () => unknown): string => {
      try {
        return JSON.stringify(parse());
      } catch {
        return "refused";
      }
    };
    const reference = attempt(() => JSON.parse(text));
    if (/"a".*"a"|"b".*"b"/s.test(text) && reference !== "refused") continue;
    assert.equal(
      attempt(() => parseJson(text, "x")),
      reference,
      text,
    );
    if (reference !== "refused") valid++;
  }
  assert.ok(valid > 500, `${valid} valid texts`);
});

test("deep JSON is refused, a byte order mark is not", async (t) => {
  const path = join(await scratch(t), "a.json");
  await writeFile(path, "\ufeff[1]");
  assert.deepEqual(await readJson(path), [1]);
  await writeFile(path, "[".repeat(100_000));
  await refused("E_FILE_FORMAT", () => readJson(path));
  await refused("E_FILE_NOT_FOUND", () => readJson(`${path}.none`));
});

test("hashes are SHA-256", async (t) => {
  const path = join(await scratch(t), "a");
  await writeFile(path, "abc");
  assert.equal(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(await sha256File(path), sha256("abc"));
  await refused("E_FILE_NOT_FOUND", () => sha256File(`${path}.none`));
});

test("a journal goes on after a crash in the middle of a row", async (t) => {
  const path = join(await scratch(t), "deep", "rows.jsonl");
  const first = await openJournal(path);
  await first.append({ id: 1, text: "größe" });
  await first.append({ id: 2 });
  await first.close();
  await writeFile(path, `${await readFile(path, "utf8")}{"id": 3, "te`);
  const second = await openJournal(path);
  assert.deepEqual(second.rows, [{ id: 1, text: "größe" }, { id: 2 }]);
  await second.append({ id: 3 });
  await second.close();
  assert.equal(await readText(path), '{"id":1,"text":"größe"}\n{"id":2}\n{"id":3}\n');
  await writeFile(path, '{"id":1}\n{"id":\n');
  assert.match((await refused("E_FILE_FORMAT", () => openJournal(path))).where, /rows\.jsonl:2:7$/);
  assert.equal(await pathKind(path), "file");
});
