import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { downloadFileToCacheDir, scanCacheDir } from "@huggingface/hub";
import {
  createModel,
  Dataset,
  downloadFile,
  downloadModel,
  isProxy,
  loadModel,
  loadTokenizer,
  saveModel,
  type HubEvent,
} from "gradlab";
import { refused } from "../refused.js";
import { ROOT } from "../source-files.js";
import { busy, COMMIT, cutShort, FakeHub, gitSha, sha256, whole } from "./fake-hub.js";

const REPO = "org/tiny";
const MB = 1 << 20;
const CONFIG = {
  model_type: "llama",
  vocab_size: 64,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
};
const TOKENIZER = join(ROOT, "models", "en-3m", "tokenizer.json");
const child = fileURLToPath(new URL("./download-child.js", import.meta.url));

let hub: FakeHub;
let root: string;
let saved: string;
let count = 0;

/** Bytes that differ everywhere. */
const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = 1; i + 4 <= length; i += 4)
    bytes.writeUInt32LE((x = (Math.imul(x, 1664525) + 1013904223) >>> 0), i);
  return bytes;
};

/** Options of a cache of its own. */
const fresh = (
  name = `cache-${count++}`,
): { cacheDir: string; endpoint: string; token: false; retryDelayMs: number } => ({
  cacheDir: join(root, name),
  endpoint: hub.endpoint,
  token: false,
  retryDelayMs: 1,
});

const repoFolder = (cacheDir: string): string => join(cacheDir, "models--org--tiny");
const blob = (cacheDir: string, name: string): string =>
  join(repoFolder(cacheDir), "blobs", hub.hashOf(name));
const shard = (n: number): string => `model-0000${n}-of-00002.safetensors`;

/** Files of the present kind of model: its weights in two shards. */
function putModel(): void {
  for (const name of ["config.json", "model.safetensors.index.json"])
    hub.put(name, readFileSync(join(saved, name)));
  for (const n of [1, 2]) hub.put(shard(n), readFileSync(join(saved, shard(n))), true);
  hub.put("tokenizer.json", readFileSync(TOKENIZER));
  hub.put("pytorch_model.bin", "a pickle that nobody asked for", true);
  hub.put("README.md", "# Not needed");
}

/** A model as a single file of noise: what is asked of bytes does not depend on what they mean. */
function putNoise(bytes: number): Buffer {
  const content = noise(bytes);
  hub.put("config.json", JSON.stringify(CONFIG));
  hub.put("model.safetensors", content, true);
  return content;
}

before(async () => {
  for (const name of Object.keys(process.env)) if (/^(HF|TRANSFORMERS)_/.test(name)) delete process.env[name];
  process.env.HF_HUB_DISABLE_IMPLICIT_TOKEN = "1";
  root = await mkdtemp(join(tmpdir(), "gradlab-hub-"));
  saved = join(root, "saved");
  const model = createModel(CONFIG);
  await saveModel(model, saved, { maxShardBytes: Math.ceil(model.paramCount * 4 * 0.6) });
  assert.ok(existsSync(join(saved, shard(2))), "the model is not in two shards");
});
beforeEach(async () => {
  hub = await FakeHub.start(REPO);
});
afterEach(() => hub.stop());
after(() => rmSync(root, { recursive: true, force: true }));

void describe("a model of a hub", () => {
  test("is loaded by its name: only the files that are needed, in the layout that Python's tools share", async () => {
    putModel();
    const options = fresh();
    const events: HubEvent[] = [];
    const model = await loadModel(REPO, { ...options, onEvent: (event) => events.push(event) });
    assert.equal(model.id, REPO);
    const want = await (await loadModel(saved)).forward([[1, 2, 3]]).data();
    assert.deepEqual(await model.forward([[1, 2, 3]]).data(), want);
    const needed = ["config.json", "model.safetensors.index.json", shard(1), shard(2), "tokenizer.json"];
    const snapshot = join(repoFolder(options.cacheDir), "snapshots", COMMIT);
    assert.deepEqual(readdirSync(snapshot).sort(), [...needed].sort());
    for (const name of needed) {
      assert.equal(readlinkSync(join(snapshot, name)), join("..", "..", "blobs", hub.hashOf(name)));
      const bytes = readFileSync(join(snapshot, name));
      assert.equal(hub.hashOf(name), name.startsWith("model-") ? sha256(bytes) : gitSha(bytes));
    }
    assert.equal(readFileSync(join(repoFolder(options.cacheDir), "refs", "main"), "utf8"), COMMIT);
    assert.deepEqual(hub.served.map(({ path }) => path).sort(), [...needed].sort());
    const told = events.flatMap((event) => (event.type === "file" ? [`${event.name} ${event.from}`] : []));
    assert.deepEqual(told.sort(), needed.map((name) => `${name} network`).sort());

    // The hub's own client finds what it expects.
    const { repos, warnings } = await scanCacheDir(options.cacheDir);
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      repos.map(({ id }) => id),
      [{ name: REPO, type: "model" }],
    );
    assert.deepEqual(
      repos[0].revisions.map(({ commitOid, refs }) => [commitOid, refs]),
      [[COMMIT, ["main"]]],
    );
    const before = hub.served.length;
    const same = { repo: REPO, revision: COMMIT, hubUrl: hub.endpoint, cacheDir: options.cacheDir };
    for (const path of needed)
      assert.equal(await downloadFileToCacheDir({ ...same, path }), join(snapshot, path));
    assert.equal(hub.served.length, before);

    // Again: two questions, no bytes; offline: nothing at all.
    hub.asked.length = 0;
    await loadModel(REPO, options);
    assert.equal(hub.asked.length, 2);
    await loadModel(REPO, { ...options, offline: true });
    await loadModel(REPO, { ...options, revision: COMMIT, offline: true });
    assert.deepEqual([hub.asked.length, hub.served.length], [2, before]);
  });

  test("that the hub's own client has cached is not fetched again", async (t) => {
    t.mock.method(console, "debug", () => undefined);
    putModel();
    const options = fresh();
    const same = {
      repo: REPO,
      revision: COMMIT,
      hubUrl: hub.endpoint,
      cacheDir: options.cacheDir,
      xet: false,
    };
    for (const path of ["config.json", shard(1)]) await downloadFileToCacheDir({ ...same, path });
    hub.served.length = 0;
    await downloadModel(REPO, options);
    assert.deepEqual(
      hub.served.map(({ path }) => path).sort(),
      ["model.safetensors.index.json", shard(2), "tokenizer.json"].sort(),
    );
  });

  test("a branch that moves is followed; tags and commits stay", async () => {
    putModel();
    const options = fresh();
    const old = await downloadModel(REPO, { ...options, revision: "v1" });
    hub.commit = "f".repeat(40);
    hub.put("config.json", JSON.stringify({ ...CONFIG, rms_norm_eps: 0.5 }));
    hub.served.length = 0;
    const moved = await downloadModel(REPO, options);
    assert.deepEqual(
      hub.served.map(({ path }) => path),
      ["config.json"],
    );
    assert.notEqual(moved.folder, old.folder);
    assert.equal((await downloadModel(REPO, { ...options, revision: "v1", offline: true })).commit, COMMIT);
    assert.equal((await downloadModel(REPO, { ...options, revision: COMMIT, offline: true })).commit, COMMIT);
  });

  test("without safetensors is loaded from a pickle only when that is asked for", async () => {
    hub.put("config.json", JSON.stringify(CONFIG));
    hub.put("pytorch_model.bin", "pickle", true);
    const options = fresh();
    const error = await refused("E_WEIGHTS_UNAVAILABLE", () => downloadModel(REPO, options));
    assert.match(error.message, /pickle: true/);
    assert.equal(hub.bytesOf("pytorch_model.bin"), 0);
    const { files } = await downloadModel(REPO, { ...options, pickle: true });
    assert.ok(files.includes("pytorch_model.bin"));
    hub.put("other.gguf", "x", true);
    assert.match(
      (await refused("E_FILE_FORMAT", () => loadModel(REPO, { ...options, pickle: true }))).message,
      /pytorch_model\.bin|blobs/,
    );
  });

  test("an index cannot reach out of its folder", async () => {
    hub.put("config.json", JSON.stringify(CONFIG));
    hub.put(
      "model.safetensors.index.json",
      JSON.stringify({ weight_map: { a: "../../secret.safetensors" } }),
    );
    await refused("E_FILE_FORMAT", () => downloadModel(REPO, fresh()));
  });

  test("its tokenizer comes without its weights, and a data set's file is read by its address", async () => {
    putModel();
    const options = fresh();
    const tokenizer = await loadTokenizer(REPO, options);
    assert.equal(tokenizer.decode(tokenizer.encode("violin")), "violin");
    assert.deepEqual(
      hub.served.map(({ path }) => path),
      ["tokenizer.json"],
    );

    const data = await FakeHub.start("datasets/org/rows");
    try {
      data.put("data/train.jsonl", '{"a":1}\n{"a":2}\n', true);
      const place = { ...fresh(), endpoint: data.endpoint };
      const path = "hf://datasets/org/rows/data/train.jsonl";
      const file = await downloadFile(path, place);
      assert.ok(file.startsWith(join(place.cacheDir, "datasets--org--rows", "snapshots", COMMIT)));
      Object.assign(process.env, { HF_HUB_CACHE: place.cacheDir, HF_ENDPOINT: data.endpoint });
      const rows = Dataset.from(path);
      assert.deepEqual(await rows.toArray(), [{ a: 1 }, { a: 2 }]);
      const walk = rows[Symbol.asyncIterator]();
      await walk.next();
      assert.deepEqual((await rows.resume(walk.state()).next()).value, { a: 2 });
      assert.equal((await rows.fingerprint()).length, 64);
      await refused("E_FILE_NOT_FOUND", () => downloadFile("hf://datasets/org/rows/no.csv", place));
      await refused("E_CONFIG", () => downloadFile("hf://datasets/org/rows/../x", place));
    } finally {
      delete process.env.HF_HUB_CACHE;
      delete process.env.HF_ENDPOINT;
      data.stop();
    }
  });
});

void describe("what goes wrong on the way", () => {
  test("busy answers are waited for as they ask; others are tried again, and given up", async () => {
    putNoise(1000);
    const options = fresh();
    hub.trick(`/api/models/${REPO}/revision/main`, busy(429, "0.05"), busy(503));
    hub.trick("bytes model.safetensors", busy(500), busy(429, new Date(Date.now()).toUTCString()));
    const waits: string[] = [];
    const job = downloadModel(REPO, options);
    job.on("warning", ({ message }) => waits.push(message));
    await job;
    assert.equal(waits.length, 4);
    assert.match(waits[0], /429, too many requests.* 0\.1 s/s);
    hub.trick("bytes model.safetensors", ...Array.from({ length: 9 }, () => busy(500)));
    const error = await refused("E_HUB", () => downloadModel(REPO, fresh()));
    assert.match(error.sentence, /answers 500/);
    assert.equal(hub.tricks.get("bytes model.safetensors")!.length, 4);
    hub.trick(`/api/models/${REPO}/revision/main`, busy(429, "3600"));
    assert.match((await refused("E_HUB", () => downloadModel(REPO, fresh()))).sentence, /wait 3600 s/);
  });

  test("a body that is cut short goes on where it stopped; a server without ranges starts anew", async () => {
    const content = putNoise(300_000);
    hub.trick("bytes model.safetensors", cutShort(content.subarray(0, 100_000), 300_000));
    const { folder } = await downloadModel(REPO, fresh());
    assert.ok(readFileSync(join(folder, "model.safetensors")).equals(content));
    const ranges = (): (string | undefined)[] =>
      hub.served.filter(({ path }) => path === "model.safetensors").map(({ range }) => range);
    // What the network had not yet handed over when the connection broke is not there.
    const resumed = (): number => Number(/^bytes=(\d+)-$/.exec(ranges()[1] ?? "")?.[1]);
    assert.ok(resumed() > 0 && resumed() <= 100_000, String(ranges()));
    assert.equal(ranges().length, 2);
    hub.served.length = 0;
    hub.trick("bytes model.safetensors", cutShort(content.subarray(0, 100_000), 300_000), whole(content));
    const again = await downloadModel(REPO, fresh());
    assert.ok(readFileSync(join(again.folder, "model.safetensors")).equals(content));
    assert.ok(resumed() > 0 && ranges().length === 2, String(ranges()));
  });

  test("wrong bytes are fetched once more, and never kept", async () => {
    const content = putNoise(1000);
    const wrong = Buffer.from(content).fill(0, 500, 501);
    hub.trick("bytes model.safetensors", whole(wrong));
    const { folder } = await downloadModel(REPO, fresh());
    assert.ok(readFileSync(join(folder, "model.safetensors")).equals(content));
    const options = fresh();
    const long = Buffer.concat([content, content]);
    hub.trick("bytes model.safetensors", whole(long), whole(wrong));
    const error = await refused("E_HUB", () => downloadModel(REPO, options));
    assert.match(error.sentence, /model\.safetensors of "org\/tiny" do not have the hash/);
    assert.ok(!existsSync(blob(options.cacheDir, "model.safetensors")));
    hub.put("config.json", "{}");
    hub.trick("config.json", whole(Buffer.from("{ }")), whole(Buffer.from("{ }")));
    await refused("E_HUB", () => downloadModel(REPO, fresh()));
  });

  test("a connection that falls silent is given up and made anew", async () => {
    const content = putNoise(1000);
    hub.trick("bytes model.safetensors", (_, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write(content.subarray(0, 10));
    });
    process.env.HF_HUB_DOWNLOAD_TIMEOUT = "0.2";
    try {
      await downloadModel(REPO, fresh());
    } finally {
      delete process.env.HF_HUB_DOWNLOAD_TIMEOUT;
    }
    assert.equal(hub.served.at(-1)?.range, "bytes=10-");
  });

  test("gated, private and misspelt models are told apart, and say what to do", async () => {
    putModel();
    hub.gated = true;
    hub.token = "hf_secret";
    const gated = await refused("E_HUB_ACCESS", () => loadModel(REPO, fresh()));
    assert.match(gated.message, /is gated.*HF_TOKEN/s);
    assert.match(gated.hint, new RegExp(`${hub.endpoint}/org/tiny`));
    assert.match(
      (await refused("E_HUB_ACCESS", () => loadModel(REPO, { ...fresh(), token: "hf_x" }))).message,
      /not let in/,
    );
    await loadModel(REPO, { ...fresh(), token: "hf_secret" });
    const toStore = hub.served.filter(({ path }) => path === shard(1));
    assert.deepEqual(
      toStore.map(({ authorization }) => authorization),
      [undefined],
    );
    hub.gated = false;
    assert.match((await refused("E_MODEL_NOT_FOUND", () => loadModel(REPO, fresh()))).hint, /HF_TOKEN/);
    await refused("E_HUB_ACCESS", () => loadModel(REPO, { ...fresh(), token: "another" }));
    hub.token = undefined;
    assert.match(
      (await refused("E_MODEL_NOT_FOUND", () => loadModel("org/tyni", fresh()))).message,
      /"org\/tyni"/,
    );
    const revision = await refused("E_MODEL_NOT_FOUND", () =>
      loadModel(REPO, { ...fresh(), revision: "v9" }),
    );
    assert.match(revision.sentence, /no revision "v9"/);
    await refused("E_CONFIG", () => loadModel(REPO, { ...fresh(), revision: "../../x" }));
    await refused("E_CONFIG", () => loadModel(REPO, { ...fresh(), endpoint: "file:///etc" }));
  });

  test("offline, the file that is missing is named; without a network the cache serves, with a warning", async () => {
    putModel();
    const options = fresh();
    const offline = { ...options, offline: true };
    assert.match(
      (await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel(REPO, offline))).sentence,
      /"org\/tiny" at main is not in the cache/,
    );
    await downloadModel(REPO, options);
    const snapshot = join(repoFolder(options.cacheDir), "snapshots", COMMIT);
    rmSync(join(snapshot, shard(2)));
    const error = await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel(REPO, offline));
    assert.match(error.sentence, /model-00002-of-00002\.safetensors of "org\/tiny" is not in the cache/);
    process.env.HF_HUB_OFFLINE = "1";
    await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel(REPO, options));
    delete process.env.HF_HUB_OFFLINE;
    // The bytes are still there: only the link is made again.
    hub.served.length = 0;
    await downloadModel(REPO, options);
    assert.equal(hub.served.length, 0);
    const elsewhere = { cacheDir: join(root, "nothing") };
    hub.stop();
    const job = downloadModel(REPO, options);
    const warnings: string[] = [];
    job.on("warning", ({ code }) => warnings.push(code));
    assert.equal((await job).folder, snapshot);
    assert.equal(warnings.at(-1), "W_HUB_UNREACHABLE");
    const none = await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel(REPO, { ...options, ...elsewhere }));
    assert.match(
      none.sentence,
      /not on this machine, and 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/,
    );
  });

  test("a damaged cache is found and mended", async () => {
    putModel();
    const options = fresh();
    await downloadModel(REPO, options);
    const path = blob(options.cacheDir, shard(1));
    const { atime, mtime } = statSync(path);
    const good = readFileSync(path);
    const damages: [string, object, () => void][] = [
      ["cut short", {}, () => truncateSync(path, 100)],
      ["another byte", {}, () => writeFileSync(path, Buffer.from(good).fill(7, 900, 901))],
      [
        "another byte that size and time do not tell",
        { verify: true },
        () => {
          writeFileSync(path, Buffer.from(good).fill(7, 900, 901));
          utimesSync(path, atime, mtime);
        },
      ],
    ];
    for (const [what, more, damage] of damages) {
      damage();
      await refused("E_FILE_FORMAT", () => loadModel(REPO, { ...options, ...more, offline: true }));
      hub.served.length = 0;
      const job = downloadModel(REPO, { ...options, ...more });
      const warnings: string[] = [];
      job.on("warning", ({ code }) => warnings.push(code));
      await job;
      assert.deepEqual(warnings, ["W_CACHE_DAMAGED"], what);
      assert.deepEqual(
        hub.served.map((one) => one.path),
        [shard(1)],
        what,
      );
      assert.ok(readFileSync(path).equals(good), what);
    }
  });

  test("a full disk is told before anything is fetched, and when it fills up", async (t) => {
    putNoise(1000);
    const tree = `/api/models/${REPO}/tree/${COMMIT}`;
    const huge = [{ type: "file", path: "config.json", size: 1e15, oid: "a".repeat(40) }];
    hub.trick(tree, (_, response) => response.end(JSON.stringify(huge)));
    const error = await refused("E_DISK_FULL", () => downloadModel(REPO, fresh()));
    assert.match(error.sentence, /1000000\.0 GB are needed/);
    assert.equal(hub.served.length, 0);
    if (process.platform !== "linux") return t.skip("/dev/full is Linux's");
    const options = fresh();
    mkdirSync(join(repoFolder(options.cacheDir), "blobs"), { recursive: true });
    symlinkSync("/dev/full", `${blob(options.cacheDir, "model.safetensors")}.incomplete`);
    const full = await refused("E_DISK_FULL", () => downloadModel(REPO, options));
    assert.match(full.message, /filled up.*HF_HUB_CACHE/s);
  });

  test("a download that is cancelled keeps what has come", async () => {
    putNoise(MB);
    hub.pace = 20;
    const options = fresh();
    const job = downloadModel(REPO, options);
    job.on("progress", ({ file }) => file === "model.safetensors" && job.cancel());
    await refused("E_CANCELLED", () => job.result());
    const partial = `${blob(options.cacheDir, "model.safetensors")}.incomplete`;
    const kept = statSync(partial).size;
    assert.ok(kept > 0 && kept < MB, String(kept));
    hub.pace = 0;
    hub.served.length = 0;
    await downloadModel(REPO, options);
    assert.equal(hub.served[0].range, `bytes=${kept}-`);
  });
});

void describe("processes", () => {
  const start = (cacheDir: string): ChildProcess =>
    fork(child, [REPO], {
      env: { ...process.env, HF_HUB_CACHE: cacheDir, HF_ENDPOINT: hub.endpoint },
    });

  test("a download that is killed half-way goes on: no byte that has come is fetched again", async () => {
    putModel();
    const [first, second] = [noise(MB), noise(3 * MB).reverse()];
    hub.put(shard(1), first, true);
    hub.put(shard(2), second, true);
    const options = fresh();
    // The first shard is whole when the second is on its way.
    hub.pace = 0;
    const running = start(options.cacheDir);
    hub.trick(`bytes ${shard(2)}`, (_, response) => {
      response.writeHead(200, { "content-length": second.length });
      response.write(second.subarray(0, MB));
    });
    let whole = 0;
    const partial = `${blob(options.cacheDir, shard(2))}.incomplete`;
    await new Promise<void>((resolve) => {
      const look = (): void =>
        void (whole === 4 && existsSync(partial) && statSync(partial).size === MB && resolve());
      const timer = setInterval(look, 20);
      running.on(
        "message",
        (message: { name?: string }) => void (whole += Number(message.name !== undefined)),
      );
      running.on("exit", () => clearInterval(timer));
    });
    running.kill("SIGKILL");
    await once(running, "exit");
    hub.served.length = 0;
    const { folder } = await downloadModel(REPO, options);
    assert.deepEqual(
      hub.served.map(({ path, range, bytes }) => [path, range, bytes]),
      [[shard(2), `bytes=${MB}-`, 2 * MB]],
    );
    assert.ok(readFileSync(join(folder, shard(2))).equals(second));
    assert.ok(!existsSync(partial));
  });

  test("two at once share one download", async (t) => {
    const content = putNoise(2 * MB);
    hub.pace = 10;
    const options = fresh();
    const both = [start(options.cacheDir), start(options.cacheDir)];
    const folders = await Promise.all(
      both.map(
        (one) =>
          new Promise<string>((resolve, reject) => {
            one.on("message", ({ folder }: { folder?: string }) => folder && resolve(folder));
            one.on("exit", (code) => code !== 0 && reject(new Error(`exit ${code}`)));
          }),
      ),
    );
    assert.equal(folders[0], folders[1]);
    assert.ok(readFileSync(join(folders[0], "model.safetensors")).equals(content));
    if (process.platform === "win32") return t.skip("no locks of files on Windows: each fetched its own");
    assert.equal(hub.bytesOf("model.safetensors"), 2 * MB);
    assert.ok(!lstatSync(join(folders[0], "model.safetensors")).isDirectory());
  });
});

void describe("names without weights", () => {
  test("shipped names that are misspelt suggest the nearest, and bare names and paths say what they could mean", async () => {
    assert.match(
      (await refused("E_MODEL_NOT_FOUND", () => loadModel("gradlab/en-3n"))).hint,
      /Did you mean "gradlab\/en-3m"\?/,
    );
    const bare = await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("llama-7b"));
    assert.match(bare.hint, /"owner\/llama-7b".*weights: "proxy"/s);
    assert.match(
      (await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("gradlab-en"))).hint,
      /Did you mean "gradlab\/en-3m"/,
    );
    // "models/…" is a folder that exists here, so nobody is asked.
    const path = await refused("E_MODEL_NOT_FOUND", () => loadModel(join(ROOT, "models/en-3n")));
    assert.match(path.hint, /Did you mean "en-3m"\?/);
    await refused("E_MODEL_NOT_FOUND", () => loadModel("models/en-3n", fresh()));
    assert.equal(hub.asked.length, 0);
  });

  test('weights: "proxy" makes a labelled stand-in of the real architecture, and downloads no weights', async () => {
    putModel();
    hub.put(
      "config.json",
      JSON.stringify({
        ...CONFIG,
        hidden_size: 4096,
        intermediate_size: 14_336,
        num_hidden_layers: 32,
        num_attention_heads: 32,
        num_key_value_heads: 8,
        vocab_size: 4096,
        rope_theta: 5e5,
      }),
    );
    const options = fresh();
    const model = await loadModel(REPO, { ...options, weights: "proxy" });
    assert.equal(model.id, "org/tiny@proxy");
    assert.ok(isProxy(model));
    assert.ok(model.paramCount < 1e6, String(model.paramCount));
    assert.equal(model.config.json["rope_theta"], 5e5);
    assert.equal(hub.bytesOf(shard(1)), 0);
    assert.match(String(model.describe()), /org\/tiny@proxy/);
    const folder = join(root, "stand-in");
    await saveModel(model, folder);
    assert.match(readFileSync(join(folder, "README.md"), "utf8"), /org\/tiny@proxy[^]*This is a proxy/);
    assert.equal((await loadModel(folder)).id, "stand-in@proxy");
    // What is there is taken, whatever is asked.
    assert.equal((await loadModel(saved, { weights: "proxy" })).id, "saved");
    rmSync(join(folder, "model.safetensors"));
    assert.equal((await loadModel(folder, { weights: "proxy" })).id, `${folder}@proxy`);
  });

  test("a name alone tells the architecture", async () => {
    for (const [name, type] of [
      ["llama-7b", "llama"],
      ["mistralai/Mistral-7B-v0.1", "mistral"],
      ["mixtral-8x7b", "mixtral"],
      ["Qwen/Qwen3-8B", "qwen3"],
      ["qwen2.5-7b", "qwen2"],
      ["gemma-7b", "gemma"],
      ["phi-3-mini", "phi3"],
      ["mamba-2.8b", "mamba"],
      ["gpt2-xl", "gpt2"],
    ]) {
      const model = await loadModel(name, { ...fresh(), offline: true, weights: "proxy" });
      assert.deepEqual([model.id, model.config.modelType], [`${name}@proxy`, type]);
    }
    const model = await loadModel("mamba-130m", { offline: true, weights: "proxy" });
    assert.ok((await model.generate("violin :", { maxNewTokens: 2 })).promptTokens > 0);
    await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("unheard-of", { weights: "proxy" }));
    await refused("E_WEIGHTS_UNAVAILABLE", () => loadModel("llama-4-scout", { weights: "proxy" }));
  });
});
