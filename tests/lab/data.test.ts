import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { addDataset, CATALOGUE, type CatalogueEntry } from "gradlab-cli";

const MAIN = join(dirname(fileURLToPath(import.meta.resolve("gradlab-cli"))), "main.js");

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-data-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Registry {
  readonly address: string;
  /** The ranges that were asked for, undefined for the whole archive. */
  readonly asked: (string | undefined)[];
}

type Send = (archive: Buffer, request: IncomingMessage, response: ServerResponse) => void;

const sendRange: Send = (archive, request, response) => {
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  if (start === undefined) return void response.end(archive);
  response.writeHead(206).end(archive.subarray(Number(start)));
};

/** An archive like npm's, its entry, and a registry on this machine that serves it. */
async function setUp(
  t: TestContext,
  send: Send = sendRange,
): Promise<{ root: string; entry: CatalogueEntry; archive: Buffer; registry: Registry }> {
  const folder = temporary(t);
  mkdirSync(join(folder, "package", "data"), { recursive: true });
  writeFileSync(join(folder, "package", "data", "诗.jsonl"), '{"text":"a"}\n'.repeat(4000));
  writeFileSync(join(folder, "package", "noise.bin"), randomBytes(300_000));
  assert.equal(spawnSync("tar", ["-czf", "a.tgz", "package"], { cwd: folder }).status, 0);
  const archive = readFileSync(join(folder, "a.tgz"));
  const entry: CatalogueEntry = {
    name: "tiny",
    package: "@scope/tiny@1.2.3",
    sha256: createHash("sha256").update(archive).digest("hex"),
    bytes: archive.length,
    unpackedBytes: 400_000,
    licence: "MIT",
    about: "For a test",
  };
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const tarball = `http://127.0.0.1:${port}/tiny.tgz`;
    if (request.url === "/@scope%2ftiny")
      return void response.end(JSON.stringify({ versions: { "1.2.3": { dist: { tarball } } } }));
    if (request.url !== "/tiny.tgz") return void response.writeHead(404).end();
    asked.push(request.headers.range);
    send(archive, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { root: join(folder, "cache"), entry, archive, registry: { address, asked } };
}

void test("a data set is fetched, unpacked and not fetched again", async (t) => {
  const { root, entry, registry } = await setUp(t);
  let done = 0;
  const options = { root, registry: registry.address, report: (bytes: number) => (done = bytes) };
  const folder = await addDataset(entry, options);
  assert.equal(done, entry.bytes);
  assert.match(readFileSync(join(folder, "data", "诗.jsonl"), "utf8"), /^\{"text":"a"\}\n/);
  assert.deepEqual(readdirSync(root), ["tiny-1.2.3"]);
  assert.equal(await addDataset(entry, options), folder);
  assert.equal(registry.asked.length, 1);
  assert.equal(await addDataset(entry, { root, offline: true }), folder);
});

void test("a download that was cut off goes on where it stopped", async (t) => {
  let first = true;
  const { root, entry, registry } = await setUp(t, (archive, request, response) => {
    if (!first) return sendRange(archive, request, response);
    first = false;
    response.writeHead(200, { "content-length": archive.length });
    response.write(archive.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
  });
  const options = { root, registry: registry.address };
  await assert.rejects(addDataset(entry, options), /E_DOWNLOAD The download stopped after 100000 of/);
  assert.ok(!existsSync(join(root, "tiny-1.2.3")));
  await addDataset(entry, options);
  assert.deepEqual(registry.asked, [undefined, "bytes=100000-"]);
});

void test("a registry that knows no ranges sends everything again", async (t) => {
  const { root, entry, archive, registry } = await setUp(t, (all, _, response) => void response.end(all));
  mkdirSync(root);
  writeFileSync(join(root, "tiny-1.2.3.tgz.part"), archive.subarray(0, 500));
  await addDataset(entry, { root, registry: registry.address });
  assert.deepEqual(readdirSync(root), ["tiny-1.2.3"]);
});

void test("another archive than the pinned one is refused and leaves nothing", async (t) => {
  const { root, entry, registry } = await setUp(t);
  const other = { ...entry, sha256: "0".repeat(64) };
  await assert.rejects(
    addDataset(other, { root, registry: registry.address }),
    /E_DOWNLOAD The archive is not @scope\/tiny@1\.2\.3/,
  );
  assert.deepEqual(readdirSync(root), []);
});

void test("errors say what to do: no such version, no registry, no network allowed", async (t) => {
  const { root, entry, registry } = await setUp(t);
  const later = { ...entry, package: "@scope/tiny@9.0.0" };
  await assert.rejects(
    addDataset(later, { root, registry: registry.address }),
    /The registry has no @scope\/tiny@9\.0\.0/,
  );
  const missing = { ...entry, package: "nothing@1.0.0" };
  await assert.rejects(
    addDataset(missing, { root, registry: registry.address }),
    /answers 404[^]*--from FILE/,
  );
  await assert.rejects(
    addDataset(entry, { root, registry: "http://127.0.0.1:9/" }),
    /does not answer[^]*npm config get registry/,
  );
  await assert.rejects(
    addDataset(entry, { root, offline: true }),
    /is not on this machine[^]*npm pack @scope\/tiny@1\.2\.3/,
  );
  assert.equal(registry.asked.length, 0);
});

void test("a package on disk is taken without a network, and checked", async (t) => {
  const { root, entry, archive, registry } = await setUp(t);
  const file = join(dirname(root), "mine.tgz");
  writeFileSync(file, archive.subarray(1));
  await assert.rejects(addDataset(entry, { root, offline: true, from: file }), /is not @scope\/tiny/);
  writeFileSync(file, archive);
  await addDataset(entry, { root, offline: true, from: file });
  assert.ok(existsSync(file));
  assert.equal(registry.asked.length, 0);
});

const run = (root: string, ...args: string[]): { code: number | null; stdout: string; stderr: string } => {
  const env = { ...process.env, GRADLAB_DATA_DIR: root };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "data", ...args], {
    env,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
};

void test("the command lists what there is and refuses what there is not", (t) => {
  const root = temporary(t);
  mkdirSync(join(root, "wordnet-3.1.14"));
  const { stdout, code } = run(root, "list");
  assert.equal(code, 0);
  for (const { name } of CATALOGUE) assert.ok(stdout.includes(`${name}\n`));
  assert.ok(stdout.includes(join(root, "wordnet-3.1.14")) && stdout.includes("not added, 85.5 MB"));
  assert.deepEqual(run(root, "add", "wordnet", "--offline"), {
    code: 0,
    stdout: `${join(root, "wordnet-3.1.14")}\n`,
    stderr: "",
  });
  const unknown = run(root, "add", "poetry");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /E_USAGE There is no data set "poetry"[^]*chinese-poetry/);
  assert.match(
    run(root, "add", "moby-dick", "--offline").stderr,
    /E_DOWNLOAD moby-dick is not on this machine/,
  );
  assert.equal(run(root, "remove").code, 2);
});

void test("pins are exact", () => {
  for (const { package: id, sha256 } of CATALOGUE) {
    assert.match(id, /^(?:@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+$/);
    assert.match(sha256, /^[0-9a-f]{64}$/);
  }
});
