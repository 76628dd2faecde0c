import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { parseNotebook, ServerError } from "gradlab-lab-server";
import { encode, Page } from "./page.js";
import { folderFor, serve } from "./serve-child.js";
import { serverFor } from "./server-fixture.js";

/** `GRADLAB_FUZZ_TIMES=20` runs twenty times as many cases, `GRADLAB_FUZZ_SEED=7` (or `random`) others. */
const TIMES = Number(process.env["GRADLAB_FUZZ_TIMES"] ?? 1);
const SEED = process.env["GRADLAB_FUZZ_SEED"];

/** The random numbers of one test; says their seed, so that what fails once fails again. */
function randomOf(t: TestContext, usual: number): Random {
  const seed = SEED === undefined ? usual : SEED === "random" ? 1 + (Date.now() % 1_000_000) : Number(SEED);
  t.diagnostic(`seed ${seed}: GRADLAB_FUZZ_SEED=${seed} GRADLAB_FUZZ_TIMES=${TIMES}`);
  return new Random(seed);
}

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state * 48_271) % 0x7fffffff;
    return this.#state % limit;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  /** Bytes changed, cut, doubled. */
  mutate(data: Buffer): Buffer {
    const copy = Buffer.from(data);
    for (let i = this.below(6); i >= 0; i--) {
      if (copy.length > 0) copy[this.below(copy.length)] = this.below(256);
    }
    const at = this.below(copy.length + 1);
    const kinds = [copy, copy.subarray(0, at), Buffer.concat([copy, copy.subarray(at)])];
    return this.pick(kinds);
  }
}

test("requests of any bytes are answered or refused: nothing outside is told, nothing breaks", async (t) => {
  const said: string[] = [];
  const { server, outside, fetch } = await serverFor(t, { log: (text) => void said.push(text) });
  writeFileSync(join(outside, "secret.txt"), "top-secret");
  const random = randomOf(t, 11);
  const parts = [
    "..",
    ".",
    "%2e%2e",
    "%2F",
    "%5c",
    "%00",
    "root-secret",
    "secret.txt",
    "files",
    "api",
    "contents",
  ];
  const more = [
    "checkpoints",
    "lab",
    "tree",
    "static",
    "%",
    "%ff",
    "é",
    "?",
    "#",
    " ",
    "//",
    "\\",
    "a".repeat(5000),
  ];
  const methods = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "FOO"];
  for (let i = 0; i < 400 * TIMES; i++) {
    const path = Array.from({ length: 1 + random.below(6) }, () => random.pick([...parts, ...more])).join(
      "/",
    );
    const body = random.mutate(Buffer.from('{"type":"file","format":"text","content":"x","path":"../x"}'));
    const head = `${random.pick(methods)} /${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token ${server.token}\r\n`;
    const text = `${head}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await new Promise<string>((resolve) => {
      let got = "";
      const socket = connect(server.port, "127.0.0.1", () =>
        socket.end(Buffer.concat([Buffer.from(text), body])),
      );
      socket.on("data", (data) => (got += data.toString("latin1")));
      socket.on("close", () => resolve(got)).on("error", () => resolve(got));
    });
    assert.ok(!answer.includes("top-secret") && !/^HTTP\/1.1 500/.test(answer), `${text}${answer}`);
  }
  assert.equal((await fetch("api/status")).status, 200);
  assert.deepEqual(said, []);
  assert.deepEqual(readdirSync(outside), ["secret.txt"]);
});

test("WebSocket messages of any bytes end at most their own connection", async (t) => {
  const said: string[] = [];
  const lab = await serverFor(t, { log: (text) => void said.push(text) });
  const { id } = (await (await lab.fetch("api/kernels", { method: "POST", body: "{}" })).json()) as {
    id: string;
  };
  const random = randomOf(t, 5);
  const header = {
    msg_id: "x",
    msg_type: "kernel_info_request",
    session: "s",
    username: "",
    version: "5.4",
    date: "",
  };
  const good = encode("shell", [header, {}, {}, {}]);
  for (let i = 0; i < 150 * TIMES; i++) {
    const page = await Page.open(lab.server, id);
    page.sendRaw(random.mutate(good));
    if (random.below(3) === 0) page.sendRaw(random.mutate(good).toString("latin1"));
    await page.close();
  }
  for (const count of [0n, 1n, 6n, 2n ** 63n]) {
    const frame = Buffer.alloc(64);
    frame.writeBigUInt64LE(count, 0);
    const page = await Page.open(lab.server, id);
    page.sendRaw(frame);
    assert.equal(await page.closed, 1007);
  }
  const page = await Page.open(lab.server, id);
  const cell = page.execute("console.log('alive')", "a");
  await page.idle(cell);
  assert.equal(page.text(cell), "alive\n");
  assert.deepEqual(said, []);
});

test("WebSocket frames of any bytes end at most their own connection", async (t) => {
  const said: string[] = [];
  const lab = await serverFor(t, { log: (text) => void said.push(text) });
  const { id } = (await (await lab.fetch("api/kernels", { method: "POST", body: "{}" })).json()) as {
    id: string;
  };
  const random = randomOf(t, 17);
  const head = [
    `GET /api/kernels/${id}/channels?session_id=s HTTP/1.1`,
    "Host: localhost",
    `Authorization: token ${lab.server.token}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org",
  ].join("\r\n");
  for (let i = 0; i < 150 * TIMES; i++) {
    const frames = Array.from({ length: 1 + random.below(4) }, () => frameOf(random));
    const opened = await upgraded(lab.server.port, `${head}\r\n\r\n`, Buffer.concat(frames));
    assert.match(opened, /^HTTP\/1\.1 101/);
  }
  const page = await Page.open(lab.server, id);
  const cell = page.execute("console.log('alive')", "a");
  await page.idle(cell);
  assert.equal(page.text(cell), "alive\n");
  await page.close();
  assert.equal((await lab.fetch("api/status")).status, 200);
  assert.deepEqual(said, []);
});

/** A frame with any opcode, flags, mask and length, or none of these right. */
function frameOf(random: Random): Buffer {
  const body = Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256)));
  const lengths = [body.length, random.below(126), 126, 127];
  const first = random.below(2) * 0x80 + random.below(3) * 0x10 + random.below(16);
  const second = random.below(4) === 0 ? random.pick(lengths) : 0x80 + random.pick(lengths);
  return random.mutate(Buffer.concat([Buffer.from([first, second, 1, 2, 3, 4]), body]));
}

/** Opens a connection, sends bytes behind the handshake, ends; what the server said. */
function upgraded(port: number, head: string, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(head));
    socket.on("data", (data) => {
      if (got === "") socket.write(bytes, () => setTimeout(() => socket.destroy(), 5));
      got += data.toString("latin1");
    });
    socket.on("close", () => resolve(got)).on("error", () => resolve(got));
  });
}

test("any text is a notebook or refused in words", (t) => {
  const random = randomOf(t, 3);
  const output = { output_type: "stream", name: "stdout", text: ["a\n"] };
  const cell = {
    cell_type: "code",
    id: "a",
    source: ["1"],
    metadata: {},
    outputs: [output],
    execution_count: 1,
  };
  const good = Buffer.from(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }));
  let accepted = 0;
  for (let i = 0; i < 3000 * TIMES; i++) {
    try {
      parseNotebook(random.mutate(good).toString("utf8"), "fuzz");
      accepted += 1;
    } catch (error) {
      assert.ok(error instanceof ServerError && error.code === "E_BAD_NOTEBOOK", String(error));
    }
  }
  assert.ok(accepted > 0);
  assert.throws(() => parseNotebook(`${"[".repeat(200_000)}`, "deep"), ServerError);
});

test("a server that is killed while it saves loses nothing that it acknowledged", async (t) => {
  const folder = folderFor(t);
  const random = randomOf(t, 9);
  const path = join(folder, "root", "nb.ipynb");
  const text = "x".repeat(300_000);
  let acknowledged = 0;
  let version = 0;
  for (let round = 0; round < 6 * TIMES; round++) {
    const server = await serve(t, folder);
    const saves = 1 + random.below(3);
    let killed: Promise<void> | undefined;
    for (let saved = 0; ; saved++) {
      // in the middle of one of the saves that follow
      if (saved === saves) killed = delay(random.below(60)).then(() => server.kill("SIGKILL"));
      version += 1;
      const cells = [{ cell_type: "markdown", id: "a", metadata: { version }, source: text }];
      const content = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
      const body = JSON.stringify({ type: "notebook", format: "json", content });
      const response = await server
        .fetch("api/contents/nb.ipynb", { method: "PUT", body })
        .catch(() => undefined);
      if (response?.ok !== true) break;
      acknowledged = version;
    }
    await killed;
    const stored = JSON.parse(readFileSync(path, "utf8")) as {
      cells: { metadata: { version: number }; source: string[] }[];
    };
    const [{ metadata, source }] = stored.cells;
    assert.ok(
      metadata.version === acknowledged || metadata.version === version,
      `${metadata.version} of ${version}`,
    );
    assert.equal(source.join(""), text);
  }
  assert.ok(acknowledged >= 6 * TIMES);
});
