import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { downloadModel, loadModel } from "gradlab";
import { refused } from "../refused.js";
import { busy, COMMIT, cutShort, whole } from "./fake-hub.js";
import {
  REPO,
  MB,
  child,
  noise,
  fresh,
  repoFolder,
  blob,
  shard,
  putModel,
  putNoise,
  hub,
  root,
} from "./tiny-hub.js";

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
