import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connectFrames, type ConnectionInfo, freePorts } from "gradlab-kernel";
import { Publisher, Router } from "zeromq";

const CHANNELS = ["shell", "control", "stdin"] as const;

/** Binds; libzmq gives the address of a closed socket back a little later, on a thread of its own. */
async function bindWhenFree(socket: Publisher | Router, address: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const error = await socket.bind(address).then(
      () => undefined,
      (reason: unknown) => reason as Error & { code?: string },
    );
    if (error === undefined) return;
    if (error.code !== "EADDRINUSE" || tries === 200) throw error;
    await delay(10);
  }
}

/** A kernel's four sockets, made by libzmq as ipykernel's are; shell, control and stdin say back what they hear. */
async function libzmqKernel(info: ConnectionInfo): Promise<{ say: Publisher; close: () => void }> {
  const routers = CHANNELS.map((channel) => ({ channel, router: new Router({ linger: 0 }) }));
  for (const { channel, router } of routers) {
    await bindWhenFree(router, `tcp://127.0.0.1:${info[`${channel}_port`]}`);
    void (async () => {
      for await (const frames of router) await router.send(frames);
    })().catch(() => {}); // closed
  }
  const say = new Publisher({ linger: 0, sendHighWaterMark: 0 });
  await bindWhenFree(say, `tcp://127.0.0.1:${info.iopub_port}`);
  return { say, close: () => [...routers.map(({ router }) => router), say].forEach((one) => one.close()) };
}

async function connectionInfo(): Promise<ConnectionInfo> {
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5);
  const key = { key: "k", signature_scheme: "hmac-sha256", kernel_name: "test" } as const;
  return {
    transport: "tcp",
    ip: "127.0.0.1",
    ...key,
    shell_port,
    iopub_port,
    stdin_port,
    control_port,
    hb_port,
  };
}

/** What came by each channel, and a wait for more of it. */
class Heard {
  readonly #frames = new Map<string, Buffer[][]>();

  take(channel: string, frames: Buffer[]): void {
    this.#frames.set(channel, [...this.of(channel), frames]);
  }

  of(channel: string): readonly Buffer[][] {
    return this.#frames.get(channel) ?? [];
  }

  async until(channel: string, count: number): Promise<readonly Buffer[][]> {
    for (let waited = 0; this.of(channel).length < count; waited += 5) {
      assert.ok(waited < 10_000, `${channel}: ${this.of(channel).length} of ${count} messages came`);
      await delay(5);
    }
    return this.of(channel);
  }
}

test("the lab's own client and libzmq's server understand each other, through restarts, in order, at every size", async (t) => {
  const info = await connectionInfo();
  const heard = new Heard();
  // nobody listens yet: what is sent waits
  const client = connectFrames(info, (channel, frames) => heard.take(channel, frames));
  t.after(() => client.close());
  const sizes = [0, 1, 255, 256, 16_383, 16_384, 70_000, 3_000_000];
  const message = sizes.map((size, i) => Buffer.alloc(size, i + 1));
  for (const channel of CHANNELS) client.send(channel, [Buffer.from(channel), ...message]);
  await delay(60);
  const first = await libzmqKernel(info);
  for (const channel of CHANNELS) {
    const [frames] = await heard.until(channel, 1);
    assert.deepEqual(frames, [Buffer.from(channel), ...message], channel);
  }
  for (let i = 0; i < 2000; i += 1) client.send("shell", [Buffer.from(String(i)), Buffer.alloc(i)]);
  const many = (await heard.until("shell", 2001)).slice(1);
  assert.deepEqual(
    many.map(([number, body]) => [Number(number), body.length]),
    Array.from({ length: 2000 }, (_, i) => [i, i]),
  );
  await first.say.send(["stream.stdout", ...message]);
  assert.deepEqual((await heard.until("iopub", 1))[0].slice(1), message);

  // its process is gone and another has its ports
  first.close();
  const second = await libzmqKernel(info);
  t.after(() => second.close());
  await delay(300);
  client.send("control", [Buffer.from("again")]);
  assert.deepEqual((await heard.until("control", 2)).at(-1), [Buffer.from("again")]);
  await second.say.send(["status", "idle"]);
  assert.equal(String((await heard.until("iopub", 2)).at(-1)), "status,idle");
});

test("a client asks again where somebody answers in another language, and stops when it is closed", async (t) => {
  const info = await connectionInfo();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n".padEnd(64, " "));
  }).listen(info.shell_port, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const client = connectFrames(info, () => assert.fail("nothing was said"));
  while (connections < 3) await delay(5);
  client.close();
  await delay(100);
  const then = connections;
  await delay(100);
  assert.equal(connections, then);
});

test("a kernel's ports are free, all different, and none that an outgoing connection is given", async () => {
  const ports = await freePorts(40);
  assert.equal(new Set(ports).size, 40);
  const servers = ports.map((port) => createServer().listen(port, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const outgoing = connect({ host: "127.0.0.1", port: ports[0] });
  await once(outgoing, "connect");
  const { localPort = 0 } = outgoing;
  assert.ok(Math.max(...ports) < localPort, `${Math.max(...ports)} and ${localPort}`);
  outgoing.destroy();
  for (const server of servers) server.close();
});
