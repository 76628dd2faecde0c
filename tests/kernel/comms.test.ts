import assert from "node:assert/strict";
import { test } from "node:test";
import type { KernelClient, Message } from "gradlab-kernel";
import { kernelFor, value } from "./kernel-fixture.js";

/** Everything on iopub from now on, and a way to wait for it. */
export function listen(kernel: KernelClient): {
  readonly seen: Message[];
  readonly until: (found: (message: Message) => boolean) => Promise<Message>;
  readonly idle: (id: string) => Promise<Message>;
  readonly of: (id: string) => Message[];
} {
  const seen: Message[] = [];
  let wake: () => void = () => {};
  kernel.onIopub = (message) => {
    seen.push(message);
    wake();
  };
  const until = async (found: (message: Message) => boolean): Promise<Message> => {
    for (;;) {
      const message = seen.find(found);
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const parentIs = (message: Message, id: string): boolean =>
    (message.parent as { msg_id?: string }).msg_id === id;
  const idle = (id: string): Promise<Message> =>
    until((message) => parentIs(message, id) && message.content["execution_state"] === "idle");
  return { seen, until, idle, of: (id) => seen.filter((message) => parentIs(message, id)) };
}

const types = (messages: readonly Message[]): string[] =>
  messages.map(({ header, content }) =>
    header.msg_type === "status" ? (content["execution_state"] as string) : header.msg_type,
  );

const ECHO = `const got: any[] = [];
Jupyter.comms.registerTarget("echo", (comm, open) => {
  got.push(open.data, [...open.buffers[0] ?? []]);
  comm.onMessage = async ({ data, metadata, buffers }) => {
    await new Promise((done) => setTimeout(done, 5));
    console.log("handled", data.n);
    comm.send({ back: data }, { of: metadata }, [new Uint8Array([9]), ...buffers]);
  };
  comm.onClose = ({ data }) => got.push(["closed", data]);
});`;

test("a comm is opened, answered with binary data and closed; all of it comes before its idle", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, ECHO);
  const iopub = listen(kernel);
  kernel.send("comm_open", { comm_id: "c", target_name: "echo", data: { hello: 1 } }, "shell", [
    Buffer.from([1, 2]),
  ]);
  const id = kernel.send("comm_msg", { comm_id: "c", data: { n: 2 } }, "shell", [
    Buffer.from([3, 4]),
    Buffer.alloc(0),
  ]);
  await iopub.idle(id);
  const own = iopub.of(id);
  assert.deepEqual(types(own), ["busy", "stream", "comm_msg", "idle"]);
  assert.deepEqual(own[2].content, { comm_id: "c", data: { back: { n: 2 } } });
  assert.deepEqual(own[2].metadata, { of: {} });
  assert.deepEqual(
    own[2].buffers.map((buffer) => [...buffer]),
    [[9], [3, 4], []],
  );
  await iopub.idle(kernel.send("comm_close", { comm_id: "c", data: { bye: 1 } }));
  assert.equal(await value(kernel, "got"), "[ { hello: 1 }, [ 1, 2 ], [ 'closed', { bye: 1 } ] ]");
  const info = await kernel.request("comm_info_request");
  assert.deepEqual(info.content["comms"], {});
});

test("comm messages are handled while a cell awaits", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "const comm = new Jupyter.Comm('front'); let told: (x: unknown) => void;");
  const iopub = listen(kernel);
  const id = await value(kernel, "comm.id");
  const cell = kernel.execute(
    "const told1 = new Promise((done) => { comm.onMessage = (m) => done(m.data) }); console.log('waiting'); await told1",
  );
  await iopub.until(({ header }) => header.msg_type === "stream");
  kernel.send("comm_msg", { comm_id: id.slice(1, -1), data: { go: true } });
  assert.equal((await cell).status, "ok");
  const result = await iopub.until(
    ({ header, content }) =>
      header.msg_type === "execute_result" && JSON.stringify(content["data"]).includes("go: true"),
  );
  assert.ok(result);
});

test("output of a handler belongs to the cell that opened the comm; errors are shown there and survived", async (t) => {
  const kernel = await kernelFor(t);
  const iopub = listen(kernel);
  await value(
    kernel,
    "const comm = Jupyter.comms.open('front', { a: 1 }, { version: 'v' }, [new Uint8Array([7])]);\ncomm.onMessage = () => { console.log('shown'); throw new Error('in handler') };\ncomm.id",
  );
  const opened = await iopub.until(({ header }) => header.msg_type === "comm_open");
  assert.deepEqual(opened.metadata, { version: "v" });
  assert.deepEqual([...opened.buffers[0]], [7]);
  await value(kernel, "1 + 1");
  const id = kernel.send("comm_msg", { comm_id: opened.content["comm_id"], data: {} });
  await iopub.idle(id);
  assert.deepEqual(types(iopub.of(id)), ["busy", "idle"]);
  const cell = (opened.parent as { msg_id: string }).msg_id;
  const streams = iopub.of(cell).filter(({ header }) => header.msg_type === "stream");
  assert.equal(streams[0].content["text"], "shown\n");
  assert.match(String(streams[1].content["text"]), /^Uncaught Error: in handler\n[^]*cell 1, line 2/);
  assert.equal(await value(kernel, "comm.isOpen"), "true");
});

test("an interrupted handler ends its request", async (t) => {
  const kernel = await kernelFor(t);
  const iopub = listen(kernel);
  await value(
    kernel,
    "Jupyter.comms.registerTarget('spin', (c) => { c.send({}); while (true); }); Jupyter.comms.registerTarget('wait', (c) => { c.send({}); return new Promise(() => {}) }); const kept = 3",
  );
  for (const target of ["spin", "wait"]) {
    const id = kernel.send("comm_open", { comm_id: target, target_name: target, data: {} });
    await iopub.until(
      ({ header, content }) => header.msg_type === "comm_msg" && content["comm_id"] === target,
    );
    await kernel.interrupt();
    await iopub.idle(id);
  }
  assert.equal(await value(kernel, "kept"), "3");
});

test("unknown targets are closed; when the process is lost its comms are closed", async (t) => {
  const kernel = await kernelFor(t);
  const iopub = listen(kernel);
  const id = kernel.send("comm_open", { comm_id: "x", target_name: "unknown", data: {} });
  await iopub.idle(id);
  assert.deepEqual(types(iopub.of(id)), ["busy", "comm_close", "idle"]);
  await value(kernel, "new Jupyter.Comm('t').id");
  await kernel.execute("process.kill(process.pid, 'SIGKILL')");
  await iopub.until(({ header, content }) => header.msg_type === "comm_close" && content["comm_id"] !== "x");
  const info = await kernel.request("comm_info_request");
  assert.deepEqual(info.content["comms"], {});
});
