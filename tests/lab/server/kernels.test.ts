import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { allGone, isAlive, processTree } from "../../kernel/kernel-fixture.js";
import { Page, WebSocket } from "./page.js";
import { folderFor, serve } from "./serve-child.js";
import { type Fixture, serverFor } from "./server-fixture.js";

interface KernelModel {
  id: string;
  execution_state: string;
  connections: number;
}

async function start({ fetch }: Pick<Fixture, "fetch">, body: object = {}): Promise<KernelModel> {
  const response = await fetch("api/kernels", { method: "POST", body: JSON.stringify(body) });
  assert.equal(response.status, 201, await response.clone().text());
  return (await response.json()) as KernelModel;
}

async function untilState({ fetch }: Pick<Fixture, "fetch">, id: string, state: string): Promise<void> {
  for (;;) {
    const model = (await (await fetch(`api/kernels/${id}`)).json()) as KernelModel;
    if (model.execution_state === state) return;
    await delay(20);
  }
}

/** A JUPYTER_PATH with one kernelspec. */
function specFolder(t: TestContext, name: string, spec: object): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-spec-"));
  mkdirSync(join(folder, "kernels", name), { recursive: true });
  writeFileSync(join(folder, "kernels", name, "kernel.json"), JSON.stringify(spec));
  writeFileSync(join(folder, "kernels", name, "logo-64x64.png"), "png");
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a kernel keeps id, ports and a private connection file through restarts; one that is killed comes back", async (t) => {
  const lab = await serverFor(t);
  const { id } = await start(lab);
  await untilState(lab, id, "idle");
  const kernel = lab.server.kernels.get(id);
  const { connectionFile } = kernel.options;
  assert.equal(statSync(connectionFile).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(connectionFile)).mode & 0o777, 0o700);
  const { ports, pid } = kernel;
  assert.equal(new Set(ports).size, 5);
  await lab.fetch(`api/kernels/${id}/restart`, { method: "POST" });
  assert.deepEqual(kernel.ports, ports);
  assert.notEqual(kernel.pid, pid);
  await allGone([pid!]);

  const page = await Page.open(lab.server, id);
  const killed = kernel.pid!;
  process.kill(killed, "SIGKILL");
  await page.until(({ content }) => content["execution_state"] === "autorestarting");
  await untilState(lab, id, "idle");
  await page.idle(page.execute("1 + 1", "a"));
  assert.ok(!isAlive(killed));
  const other = await start(lab);
  assert.ok(lab.server.kernels.get(other.id).ports.every((port) => !kernel.ports.includes(port)));
  await lab.server.close();
  assert.throws(() => statSync(dirname(connectionFile)));
});

test("a kernel that cannot live is dead after five tries; one that cannot start says why", async (t) => {
  const argv = [process.execPath, "-e", "process.exit(3)", "{connection_file}"];
  const path = specFolder(t, "doomed", { argv, display_name: "Doomed", language: "none" });
  const lab = await serverFor(t, { env: { ...process.env, JUPYTER_PATH: path } });
  const { id } = await start(lab, { name: "doomed" });
  await untilState(lab, id, "dead");
  assert.equal((await lab.fetch(`api/kernels/${id}`, { method: "DELETE" })).status, 204);
  assert.equal((await lab.fetch("kernelspecs/doomed/logo-64x64.png")).status, 200);
  assert.equal((await lab.fetch("kernelspecs/doomed/kernel.json")).status, 404);
  assert.equal(
    (await lab.fetch("kernelspecs/gradlab/logo-svg.svg")).headers.get("content-type"),
    "image/svg+xml",
  );

  const missing = specFolder(t, "missing", {
    argv: ["/no/such/program"],
    display_name: "M",
    language: "none",
  });
  const other = await serverFor(t, { env: { ...process.env, JUPYTER_PATH: missing } });
  for (const [name, message] of [
    ["missing", /cannot be started/],
    ["unknown", /no kernel "unknown" on this machine/],
  ] as const) {
    const refused = await other.fetch("api/kernels", { method: "POST", body: JSON.stringify({ name }) });
    assert.match(((await refused.json()) as { message: string }).message, message);
  }
  assert.deepEqual(other.server.kernels.list(), []);
});

test("messages sent while a kernel starts are held, and nothing of the first cell is missed", async (t) => {
  const lab = await serverFor(t);
  const { id } = await start(lab);
  const page = await Page.open(lab.server, id);
  const cell = page.execute("console.log('first')", "a");
  await page.idle(cell);
  assert.equal(page.text(cell), "first\n");
});

test("the protocol without a subprotocol: JSON texts", async (t) => {
  const lab = await serverFor(t);
  const { id } = await start(lab);
  const url = `${lab.server.address.replace("http", "ws")}api/kernels/${id}/channels?session_id=s`;
  const socket = new WebSocket(url, { headers: { Authorization: `token ${lab.server.token}` } });
  await new Promise((resolve) => socket.once("open", resolve));
  const header = {
    msg_id: "m1",
    msg_type: "execute_request",
    session: "s",
    username: "",
    version: "5.4",
    date: "",
  };
  const content = { code: "console.log('legacy')", silent: false };
  const text = new Promise<string>((resolve) =>
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as {
        msg_type: string;
        channel: string;
        content: { text: string };
      };
      if (message.msg_type === "stream") resolve(`${message.channel} ${message.content.text}`);
    }),
  );
  socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content }));
  assert.equal(await text, "iopub legacy\n");
  socket.close();
});

test("two pages see one kernel; replies go to the page that asked", async (t) => {
  const lab = await serverFor(t);
  const { id } = await start(lab);
  const [a, b] = [await Page.open(lab.server, id), await Page.open(lab.server, id)];
  const cell = a.execute("console.log('seen')", "c");
  await Promise.all([a.idle(cell), b.idle(cell)]);
  assert.equal(b.text(cell), "seen\n");
  await a.until(({ header }) => header["msg_type"] === "execute_reply");
  assert.ok(!b.received.some(({ header }) => header["msg_type"] === "execute_reply"));
  const model = (await (await lab.fetch(`api/kernels/${id}`)).json()) as KernelModel;
  assert.equal(model.connections, 2);
});

test("sessions follow a renamed notebook; switching and closing end the kernels nobody uses", async (t) => {
  const lab = await serverFor(t);
  mkdirSync(join(lab.root, "a"));
  writeFileSync(join(lab.root, "a", "nb.ipynb"), "{}");
  const send = async (
    method: string,
    path: string,
    body: object,
  ): Promise<{ id: string; path: string; kernel: KernelModel }> =>
    (await (await lab.fetch(path, { method, body: JSON.stringify(body) })).json()) as never;
  const session = await send("POST", "api/sessions", {
    path: "a/5f1c-uuid",
    type: "notebook",
    name: "",
    kernel: {},
  });
  assert.equal(lab.server.kernels.get(session.kernel.id).options.cwd, join(lab.root, "a"));
  const again = await send("POST", "api/sessions", { path: "a/5f1c-uuid", type: "notebook", kernel: {} });
  assert.equal(again.id, session.id);
  await send("PATCH", `api/sessions/${session.id}`, { path: "a/nb.ipynb", name: "nb.ipynb" });
  await lab.fetch("api/contents/a", { method: "PATCH", body: JSON.stringify({ path: "b" }) });
  const [found] = (await (await lab.fetch("api/sessions")).json()) as { path: string }[];
  assert.equal(found.path, "b/nb.ipynb");
  const switched = await send("PATCH", `api/sessions/${session.id}`, { kernel: { name: "gradlab" } });
  assert.notEqual(switched.kernel.id, session.kernel.id);
  assert.deepEqual(
    lab.server.kernels.list().map(({ id }) => id),
    [switched.kernel.id],
  );
  assert.equal((await lab.fetch(`api/sessions/${session.id}`, { method: "DELETE" })).status, 204);
  assert.deepEqual(lab.server.kernels.list(), []);
});

test("idle kernels without a page are ended when asked for", async (t) => {
  const lab = await serverFor(t, { cullIdle: 1 });
  const { id } = await start(lab);
  const page = await Page.open(lab.server, id);
  const other = await start(lab);
  await untilState(lab, other.id, "idle");
  while (lab.server.kernels.list().length === 2) await delay(50);
  assert.deepEqual(
    lab.server.kernels.list().map((kernel) => kernel.id),
    [id],
  );
  await page.close();
  while (lab.server.kernels.list().length > 0) await delay(50);
});

test("a page that asks for the kernel's usage again and again does not keep it from being idle", async (t) => {
  const lab = await serverFor(t);
  const { id } = await start(lab);
  await untilState(lab, id, "idle");
  const kernel = lab.server.kernels.get(id);
  const page = await Page.open(lab.server, id);
  t.after(() => page.close());
  const cell = page.execute("1", "c");
  await page.idle(cell);
  // the reply comes by another socket, and may come after the word that the kernel is idle
  await page.until(
    ({ header, parent }) => header["msg_type"] === "execute_reply" && parent["msg_id"] === cell,
  );
  const { lastActivity } = kernel;
  await page.idle(page.send("control", "usage_request", {}));
  assert.deepEqual([kernel.state, kernel.lastActivity], ["idle", lastActivity]);
  await page.idle(page.execute("2", "c"));
  assert.notDeepEqual(kernel.lastActivity, lastActivity);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`no kernel and nothing that it started outlives the server: ${signal}`, async (t) => {
    const server = await serve(t, folderFor(t));
    const { id } = await start(server);
    await untilState(server, id, "idle");
    const pids = processTree(server.child.pid!);
    assert.ok(pids.length >= 3, String(pids));
    await server.kill(signal);
    await allGone(pids);
  });
}

test("kernels of others are interrupted by signal: ipykernel", async (t) => {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import ipykernel"], { stdio: "ignore" });
  } catch {
    return t.skip("python3-ipykernel is not installed");
  }
  const spec = {
    argv: ["/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    language: "python",
  };
  const path = specFolder(t, "snake", { ...spec, display_name: "Python" });
  const lab = await serverFor(t, { env: { ...process.env, JUPYTER_PATH: path } });
  const { id } = await start(lab, { name: "snake" });
  const page = await Page.open(lab.server, id);
  const cell = page.execute("print('on'); import time; time.sleep(1000)", "a");
  await page.printed("on");
  await lab.fetch(`api/kernels/${id}/interrupt`, { method: "POST" });
  await page.idle(cell);
  await page.until(({ content }) => content["ename"] === "KeyboardInterrupt");
});
