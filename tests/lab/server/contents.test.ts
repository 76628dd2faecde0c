import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Fixture, serverFor } from "./server-fixture.js";

interface Model {
  name: string;
  path: string;
  type: string;
  format: string | null;
  content: unknown;
  hash: string | null;
  hash_algorithm: string | null;
  size: number | null;
  mimetype: string | null;
  writable: boolean;
}

interface Fault {
  message: string;
  code: string;
}

async function call<T = Model>(
  { fetch }: Fixture,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; json: T; headers: Headers }> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`api/contents${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    json: (text === "" ? {} : JSON.parse(text)) as T,
    headers: response.headers,
  };
}

const file = (content: string, more: object = {}): object => ({
  type: "file",
  format: "text",
  content,
  ...more,
});

test("the model of a file, a folder and a notebook", async (t) => {
  const lab = await serverFor(t);
  mkdirSync(join(lab.root, "data"));
  writeFileSync(join(lab.root, "data", "größe 1.csv"), "a,b\n");
  const { json } = await call(lab, "GET", "/data/gr%C3%B6%C3%9Fe%201.csv?hash=1");
  assert.deepEqual(
    [json.name, json.path, json.type, json.format, json.content, json.size, json.mimetype, json.writable],
    ["größe 1.csv", "data/größe 1.csv", "file", "text", "a,b\n", 4, "text/csv", true],
  );
  assert.deepEqual(
    [json.hash, json.hash_algorithm],
    [createHash("sha256").update("a,b\n").digest("hex"), "sha256"],
  );
  const bare = (await call(lab, "GET", "/data/gr%C3%B6%C3%9Fe%201.csv?content=0")).json;
  assert.deepEqual([bare.content, bare.format, bare.hash], [null, null, null]);
  const folder = (await call(lab, "GET", "/data")).json;
  assert.deepEqual([folder.type, folder.format, folder.size], ["directory", "json", null]);
  assert.equal((folder.content as Model[])[0].content, null);
  const refused: readonly (readonly [string, number, RegExp])[] = [
    ["/data?type=file", 400, /folder, not a file/],
    ["/data/gr%C3%B6%C3%9Fe%201.csv?type=directory", 400, /file, not a folder/],
    ["/data/gr%C3%B6%C3%9Fe%201.csv?type=notebook", 400, /not valid JSON/],
    ["/data?type=poem", 400, /Unknown type/],
    ["/absent", 404, /no such file/],
    ["/data/gr%C3%B6%C3%9Fe%201.csv/below", 404, /no such file/],
    ["/%ff", 400, /not encoded as UTF-8/],
  ];
  for (const [path, status, message] of refused) {
    const answer = await call<Fault>(lab, "GET", path);
    assert.equal(answer.status, status, path);
    assert.match(answer.json.message, message, path);
  }
});

test("text, binary, and text asked for as base64; UTF-8 is kept byte by byte", async (t) => {
  const lab = await serverFor(t);
  const bytes = Buffer.from("\uFEFFzeile\r\n\u{1F600}", "utf8");
  writeFileSync(join(lab.root, "a.txt"), bytes);
  const text = (await call(lab, "GET", "/a.txt")).json;
  assert.equal(text.content, bytes.toString("utf8"));
  await call(lab, "PUT", "/a.txt", file(text.content));
  assert.deepEqual(readFileSync(join(lab.root, "a.txt")), bytes);
  const base64 = (await call(lab, "GET", "/a.txt?format=base64")).json;
  assert.equal(base64.content, bytes.toString("base64"));
  writeFileSync(join(lab.root, "b"), Buffer.from([0xff, 0xfe]));
  assert.match((await call<Fault>(lab, "GET", "/b?format=text")).json.message, /not text in UTF-8/);
  assert.match(
    (await call<Fault>(lab, "PUT", "/c", file("%%%", { format: "base64" }))).json.message,
    /not base64/,
  );
});

test("uploads in chunks appear whole, with the last", async (t) => {
  const lab = await serverFor(t);
  writeFileSync(join(lab.root, "big.bin"), "old");
  const data = Buffer.alloc(3_000_000, 7);
  const part = (chunk: number, from: number, to: number): Promise<{ status: number }> =>
    call(lab, "PUT", "/big.bin", {
      type: "file",
      format: "base64",
      chunk,
      content: data.subarray(from, to).toString("base64"),
    });
  assert.equal((await part(1, 0, 1_000_000)).status, 200);
  assert.equal((await part(2, 1_000_000, 2_000_000)).status, 200);
  assert.equal(readFileSync(join(lab.root, "big.bin"), "utf8"), "old");
  assert.equal((await part(-1, 2_000_000, 3_000_000)).status, 200);
  assert.deepEqual(readFileSync(join(lab.root, "big.bin")), data);
  assert.equal((await part(5, 0, 10)).status, 400);
  assert.equal((await part(-1, 0, 10)).status, 400);
  assert.deepEqual(readdirSync(lab.root), ["big.bin"]);
});

test("new, copied, renamed and deleted: names that are free, nothing overwritten", async (t) => {
  const lab = await serverFor(t);
  const made = async (body: object): Promise<string> => (await call(lab, "POST", "", body)).json.path;
  assert.equal(await made({ type: "notebook" }), "Untitled.ipynb");
  assert.equal(await made({ type: "notebook" }), "Untitled1.ipynb");
  assert.equal(await made({ type: "file", ext: ".ts" }), "untitled.ts");
  assert.equal(await made({ type: "file", ext: ".ts" }), "untitled1.ts");
  assert.equal(await made({ type: "directory" }), "Untitled Folder");
  assert.equal(await made({ type: "directory" }), "Untitled Folder 1");
  assert.equal(await made({ copy_from: "untitled.ts" }), "untitled-Copy1.ts");
  assert.equal(await made({ copy_from: "/untitled-Copy1.ts" }), "untitled-Copy2.ts");
  assert.equal((await call(lab, "POST", "/untitled.ts", {})).status, 400);
  assert.equal((await call(lab, "POST", "/absent", {})).status, 404);
  assert.equal((await call(lab, "PATCH", "/untitled.ts", { path: "untitled1.ts" })).status, 409);
  assert.equal((await call(lab, "PATCH", "/untitled.ts", { path: "untitled.ts" })).status, 200);
  assert.equal((await call(lab, "PATCH", "/untitled.ts", { path: "Untitled Folder/x.ts" })).status, 200);
  assert.equal((await call<Fault>(lab, "DELETE", "/Untitled%20Folder")).json.code, "E_NOT_EMPTY");
  assert.equal((await call(lab, "DELETE", "/Untitled%20Folder/x.ts")).status, 204);
  assert.equal((await call(lab, "DELETE", "/Untitled%20Folder")).status, 204);
  for (const method of ["DELETE", "PATCH"])
    assert.equal((await call(lab, method, "", { path: "x" })).status, 400);
  const asked = await serverFor(t, { deleteNonEmpty: true });
  mkdirSync(join(asked.root, "a", "b"), { recursive: true });
  assert.equal((await call(asked, "DELETE", "/a")).status, 204);
  assert.deepEqual(readdirSync(asked.root), []);
});

test("checkpoints: one of a file, which follows it and goes with it", async (t) => {
  const lab = await serverFor(t);
  const checkpoints = "/a.txt/checkpoints";
  await call(lab, "PUT", "/a.txt", file("first"));
  assert.deepEqual((await call(lab, "GET", checkpoints)).json, []);
  const made = await call<{ id: string }>(lab, "POST", checkpoints);
  assert.deepEqual([made.status, made.json.id], [201, "checkpoint"]);
  await call(lab, "PUT", "/a.txt", file("second"));
  assert.equal((await call(lab, "POST", `${checkpoints}/checkpoint`)).status, 204);
  assert.equal((await call(lab, "GET", "/a.txt")).json.content, "first");
  await call(lab, "PATCH", "/a.txt", { path: "b.txt" });
  assert.equal((await call<unknown[]>(lab, "GET", "/b.txt/checkpoints")).json.length, 1);
  assert.equal((await call(lab, "POST", "/b.txt/checkpoints/other")).status, 404);
  assert.equal((await call(lab, "DELETE", "/b.txt/checkpoints/checkpoint")).status, 204);
  assert.equal((await call(lab, "DELETE", "/b.txt/checkpoints/checkpoint")).status, 404);
});

test("notebooks: stored as Jupyter stores them, unknown fields kept; what is none is refused with its fault", async (t) => {
  const lab = await serverFor(t);
  const cell = {
    cell_type: "code",
    execution_count: 1,
    id: "a",
    metadata: { trusted: true, custom: { b: 1, a: 2 } },
    outputs: [
      {
        data: { "application/json": ["kept", "as\n", "list"], "text/plain": "a\nb" },
        metadata: {},
        output_type: "display_data",
      },
      { name: "stdout", output_type: "stream", text: "x\ny\n" },
    ],
    source: "1\n2",
  };
  const content = { cells: [cell], metadata: { own: "field" }, nbformat: 4, nbformat_minor: 5, extra: true };
  assert.equal(
    (await call(lab, "PUT", "/nb.ipynb", { type: "notebook", format: "json", content })).status,
    201,
  );
  const stored = readFileSync(join(lab.root, "nb.ipynb"), "utf8");
  const expected = {
    cells: [
      {
        ...cell,
        metadata: { custom: { a: 2, b: 1 } },
        outputs: [
          {
            data: { "application/json": ["kept", "as\n", "list"], "text/plain": ["a\n", "b"] },
            metadata: {},
            output_type: "display_data",
          },
          { name: "stdout", output_type: "stream", text: ["x\n", "y\n"] },
        ],
        source: ["1\n", "2"],
      },
    ],
    extra: true,
    metadata: { own: "field" },
    nbformat: 4,
    nbformat_minor: 5,
  };
  assert.equal(stored, `${JSON.stringify(expected, null, 1)}\n`);
  assert.deepEqual((await call(lab, "GET", "/nb.ipynb")).json.content, content);
  const faults: readonly (readonly [unknown, RegExp])[] = [
    ["no object", /not a JSON object/],
    [{ nbformat: 3, cells: [] }, /nbformat is 3, not 4/],
    [{ nbformat: 4 }, /no list of cells/],
    [{ nbformat: 4, cells: [1] }, /Cell 1 .*not an object/],
    [{ nbformat: 4, cells: [{ cell_type: "poem" }] }, /Cell 1 .*unknown type "poem"/],
    [{ nbformat: 4, cells: [{ cell_type: "code", source: 1 }] }, /Cell 1 .*not text/],
    [{ nbformat: 4, cells: [{ cell_type: "code", outputs: [{}] }] }, /Cell 1 .*outputs/],
  ];
  for (const [bad, message] of faults) {
    writeFileSync(join(lab.root, "bad.ipynb"), JSON.stringify(bad));
    const got = await call<Fault>(lab, "GET", "/bad.ipynb");
    assert.deepEqual([got.status, got.json.code], [400, "E_BAD_NOTEBOOK"]);
    assert.match(got.json.message, message);
    const put = await call<Fault>(lab, "PUT", "/nb.ipynb", { type: "notebook", content: bad });
    assert.equal(put.status, 400);
    assert.equal((await call(lab, "GET", "/bad.ipynb?type=file")).status, 200); // it can be opened as text
  }
  assert.equal(readFileSync(join(lab.root, "nb.ipynb"), "utf8"), stored);
});

test("a save is whole: it keeps the mode, follows a link inside, and leaves nothing behind when it fails", async (t) => {
  const lab = await serverFor(t);
  writeFileSync(join(lab.root, "run.sh"), "old");
  chmodSync(join(lab.root, "run.sh"), 0o750);
  symlinkSync("run.sh", join(lab.root, "link.sh"));
  await call(lab, "PUT", "/link.sh", file("new"));
  assert.equal(readFileSync(join(lab.root, "run.sh"), "utf8"), "new");
  assert.equal(statSync(join(lab.root, "run.sh")).mode & 0o777, 0o750);
  mkdirSync(join(lab.root, "folder"));
  assert.equal((await call(lab, "PUT", "/folder", file("x"))).status, 400);
  assert.equal((await call(lab, "PUT", "/absent/a.txt", file("x"))).status, 404);
  assert.equal((await call(lab, "PUT", `/${"x".repeat(300)}`, file("x"))).status, 400);
  assert.equal((await call(lab, "PUT", "/a.txt", { type: "file", content: 1 })).status, 400);
  assert.equal((await call(lab, "PUT", "/a.txt", { content: "x" })).status, 400);
  assert.deepEqual(readdirSync(lab.root).sort(), ["folder", "link.sh", "run.sh"]);
});

test("a page sees by the hash that another program changed the file", async (t) => {
  const lab = await serverFor(t);
  const hash = async (): Promise<string | null> =>
    (await call(lab, "GET", "/a.txt?content=0&hash=1")).json.hash;
  const saved = (await call(lab, "PUT", "/a.txt", file("one"))).json;
  assert.equal(saved.hash, await hash());
  writeFileSync(join(lab.root, "a.txt"), "two"); // same size, maybe the same moment
  assert.notEqual(saved.hash, await hash());
});

test("/files: ranges, conditions, HEAD", async (t) => {
  const lab = await serverFor(t);
  writeFileSync(join(lab.root, "a.txt"), "0123456789");
  const get = (headers: Record<string, string>, method = "GET"): Promise<Response> =>
    lab.fetch("files/a.txt", { method, headers });
  for (const [range, status, body, contentRange] of [
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=5-2", 200, "0123456789", null],
    ["bytes=0-1,3-4", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
  ] as const) {
    const response = await get({ Range: range });
    assert.deepEqual(
      [response.status, await response.text(), response.headers.get("content-range")],
      [status, body, contentRange],
      range,
    );
  }
  const etag = (await get({})).headers.get("etag")!;
  assert.equal((await get({ "If-None-Match": etag })).status, 304);
  assert.equal((await get({ "If-Range": '"other"', Range: "bytes=0-1" })).status, 200);
  const head = await get({}, "HEAD");
  assert.deepEqual([head.headers.get("content-length"), await head.text()], ["10", ""]);
  assert.equal((await lab.fetch("files")).status, 400);
  assert.equal((await lab.fetch("files/a.txt", { method: "DELETE" })).status, 405);
});

test("pipes, sockets and broken links are not listed and never opened", async (t) => {
  const lab = await serverFor(t);
  execFileSync("mkfifo", [join(lab.root, "pipe")]);
  symlinkSync("nowhere", join(lab.root, "broken"));
  assert.deepEqual((await call(lab, "GET", "")).json.content, []);
  assert.equal((await call(lab, "GET", "/pipe")).status, 400);
  assert.equal((await lab.fetch("files/pipe")).status, 404);
  assert.ok(existsSync(join(lab.root, "pipe")));
});
