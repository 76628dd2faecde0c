import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { EXECUTE, RawClient, replyOf } from "./raw-client.js";

/** A client that speaks ZMTP byte by byte (rfc.zeromq.org/spec/37): what libzmq, which all other tests use, never sends. */
class Wire {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #changed: () => void = () => {};

  constructor(t: TestContext, client: RawClient, channel: string) {
    this.#socket = connect(Number(client.connection[`${channel}_port`]), "127.0.0.1");
    this.#socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#changed();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#ended = true;
      this.#changed();
    });
    t.after(() => this.#socket.destroy());
  }

  write(...pieces: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(pieces));
  }

  async take(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) {
      assert.ok(!this.#ended, "the kernel closed the connection");
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  async frame(): Promise<{ readonly flags: number; readonly body: Buffer }> {
    const [flags] = await this.take(1);
    const length =
      (flags & 2) === 0 ? (await this.take(1))[0] : Number((await this.take(8)).readBigUInt64BE());
    return { flags, body: await this.take(length) };
  }

  async message(): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    for (;;) {
      const { flags, body } = await this.frame();
      frames.push(body);
      if ((flags & 1) === 0) return frames;
    }
  }

  /** Greeting and READY of both sides, in pieces of `size` bytes. */
  async greet(type: string, identity = "", minor = 1, size = 64): Promise<void> {
    const ready = Buffer.concat([
      text("READY"),
      property("Socket-Type", type),
      property("Identity", identity),
    ]);
    const all = Buffer.concat([greeting(3, minor), Buffer.from([4, ready.length]), ready]);
    for (let at = 0; at < all.length; at += size) {
      this.write(all.subarray(at, at + size));
      if (size < 64) await delay(1);
    }
    assert.deepEqual([...(await this.take(12))], [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]);
    assert.equal((await this.take(52)).toString("latin1", 0, 5), "NULL\0");
    const { flags, body } = await this.frame();
    assert.equal(flags, 4);
    assert.ok(body.toString("latin1").startsWith("\x05READY\x0bSocket-Type"));
  }

  async closed(): Promise<void> {
    if (!this.#ended) await once(this.#socket, "close");
  }
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
const property = (name: string, value: string): Buffer =>
  Buffer.concat([text(name), Buffer.from([0, 0, 0]), text(value)]);

function greeting(major: number, minor: number, mechanism = "NULL"): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, major, minor]);
  bytes.write(mechanism, 12);
  return bytes;
}

/** A message, each frame in the long form or the short. */
function encode(frames: readonly Buffer[], long = false): Buffer {
  const parts = frames.map((body, i) => {
    const more = i + 1 < frames.length ? 1 : 0;
    const head = Buffer.alloc(long || body.length > 255 ? 9 : 2);
    head[0] = more | (head.length === 9 ? 2 : 0);
    if (head.length === 9) head.writeBigUInt64BE(BigInt(body.length), 1);
    else head[1] = body.length;
    return Buffer.concat([head, body]);
  });
  return Buffer.concat(parts);
}

test("what connects is a ZMTP 3 client of the right kind, or is cut off", async (t) => {
  const client = await RawClient.start(t);
  const strangers: readonly (readonly [string, string, Buffer])[] = [
    ["HTTP", "shell", Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\n${"x: y\r\n".repeat(20)}\r\n`)],
    ["ZMTP 2", "shell", greeting(1, 0)],
    ["CURVE", "control", greeting(3, 0, "CURVE")],
  ];
  for (const [name, channel, bytes] of strangers) {
    const wire = new Wire(t, client, channel);
    wire.write(bytes);
    await wire.closed();
    assert.ok(true, name);
  }
  for (const [type, channel] of [
    ["SUB", "shell"],
    ["DEALER", "iopub"],
    ["PAIR", "stdin"],
  ] as const) {
    const wire = new Wire(t, client, channel);
    await assert.doesNotReject(wire.greet(type).then(() => wire.closed()));
  }
  const endless = new Wire(t, client, "shell");
  await endless.greet("DEALER");
  endless.write(Buffer.from([2, 255, 255, 255, 255, 255, 255, 255, 255]));
  await endless.closed();
  assert.equal(replyOf(await client.execute("1"))["status"], "ok");
});

test("requests in pieces of one byte, and those of a client that connects again, are answered", async (t) => {
  const client = await RawClient.start(t);
  const first = new Wire(t, client, "shell");
  await first.greet("DEALER", "same", 0, 1);
  const { id, frames } = client.frames("kernel_info_request", {});
  const bytes = encode(frames, true);
  for (let at = 0; at < bytes.length; at += 1) first.write(bytes.subarray(at, at + 1));
  const [, , header, parent] = await first.message();
  assert.equal(JSON.parse(header.toString()).msg_type, "kernel_info_reply");
  assert.equal(JSON.parse(parent.toString()).msg_id, id);
  // a cell of the connection that was lost is answered on the next one
  first.write(
    encode(
      client.frames("execute_request", { ...EXECUTE, code: "await new Promise((r) => setTimeout(r, 300))" })
        .frames,
    ),
  );
  await delay(100);
  const second = new Wire(t, client, "shell");
  await second.greet("DEALER", "same");
  const [, , late] = await second.message();
  assert.equal(JSON.parse(late.toString()).msg_type, "execute_reply");
  // two requests in one piece, the second cut
  const two = Buffer.concat([1, 2].map(() => encode(client.frames("kernel_info_request", {}).frames)));
  second.write(two.subarray(0, -5));
  await second.message();
  second.write(two.subarray(-5));
  await second.message();
});

test("subscriptions as messages and as commands, topics, PING", async (t) => {
  const client = await RawClient.start(t);
  const old = new Wire(t, client, "iopub");
  await old.greet("SUB", "", 0);
  old.write(encode([Buffer.from("\x01stream")]));
  const [topic, , , header] = await old.message();
  assert.equal(topic.toString(), "stream");
  assert.equal(JSON.parse(header.toString()).msg_type, "iopub_welcome");
  const now = new Wire(t, client, "iopub");
  await now.greet("XSUB");
  const command = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([text(name), data]);
    return Buffer.concat([Buffer.from([4, body.length]), body]);
  };
  now.write(command("SUBSCRIBE", Buffer.from("execute_result")));
  assert.equal((await now.message())[0].toString(), "execute_result");
  now.write(command("PING", Buffer.from([0, 10, 7, 8])));
  const pong = await now.frame();
  assert.deepEqual([pong.flags, pong.body.toString("latin1")], [4, "\x04PONG\x07\x08"]);
  await client.execute("console.log('told'); 42");
  const told = await old.message();
  assert.equal(JSON.parse(told[6].toString()).text, "told\n");
  assert.equal((await now.message())[0].toString(), "execute_result");
  old.write(encode([Buffer.from("\x00stream")]));
  old.write(encode([Buffer.from("\x01error")]));
  await old.message();
  await client.execute("console.log('unheard'); throw new Error('heard')");
  assert.equal((await old.message())[0].toString(), "error");
});
