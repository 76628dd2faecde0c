import assert from "node:assert/strict";
import { test } from "node:test";
import { type KernelMessage, KernelSpecAPI } from "@jupyterlab/services";
import { contentsFor, serverFor, sessionsFor, settingsFor } from "./server-fixture.js";

test("JupyterLab's client opens a session, runs cells, completes, interrupts, restarts and ends it", async (t) => {
  const { server } = await serverFor(t);
  const { sessions, kernels } = await sessionsFor(t, server);
  const specs = await KernelSpecAPI.getSpecs(settingsFor(server));
  assert.equal(specs.default, "gradlab");
  assert.equal(specs.kernelspecs["gradlab"]?.language, "typescript");

  const session = await sessions.startNew({ path: "x/5f1c", name: "nb", type: "notebook", kernel: {} });
  await session.setPath("x/nb.ipynb");
  const kernel = session.kernel!;
  const info = await kernel.info;
  assert.equal(info.language_info.name, "typescript");

  const outputs: KernelMessage.IIOPubMessage[] = [];
  const future = kernel.requestExecute({ code: "console.log('hello'); 6 * 7" });
  future.onIOPub = (message) => void outputs.push(message);
  const reply = await future.done;
  assert.equal(reply.content.status, "ok");
  assert.deepEqual(
    outputs.map(({ header }) => header.msg_type).filter((type) => type !== "status"),
    ["execute_input", "stream", "execute_result"],
  );

  const completed = await kernel.requestComplete({ code: "Math.fl", cursor_pos: 7 });
  assert.ok(
    completed.content.status === "ok" && completed.content.matches.some((match) => /floor/.test(match)),
  );

  const loop = kernel.requestExecute({ code: "globalThis.kept = 1; while (true) {}" });
  await new Promise(
    (resolve) => (loop.onIOPub = ({ header }) => void (header.msg_type === "execute_input" && resolve(0))),
  );
  await kernel.interrupt();
  assert.equal((await loop.done).content.status, "error");

  await kernel.restart();
  const after = await kernel.requestExecute({ code: "typeof globalThis.kept" }).done;
  assert.equal(after.content.status, "ok");
  await kernels.refreshRunning();
  assert.equal([...kernels.running()].length, 1);
  await session.shutdown();
  assert.deepEqual(server.kernels.list(), []);
});

test("the contents: every type there and back", async (t) => {
  const { server } = await serverFor(t);
  const contents = contentsFor(t, server);
  const folder = await contents.newUntitled({ path: "", type: "directory" });
  assert.equal(folder.path, "Untitled Folder");
  const notebook = await contents.newUntitled({ path: folder.path, type: "notebook" });
  assert.equal(notebook.path, "Untitled Folder/Untitled.ipynb");
  assert.equal((await contents.newUntitled({ path: folder.path, type: "notebook" })).name, "Untitled1.ipynb");
  await contents.save("a.txt", { type: "file", format: "text", content: "schön\n" });
  const text = await contents.get("a.txt", { content: true, hash: true });
  assert.deepEqual([text.type, text.format, text.content], ["file", "text", "schön\n"]);
  await contents.save("b.bin", {
    type: "file",
    format: "base64",
    content: Buffer.from([0, 255, 1]).toString("base64"),
  });
  const binary = await contents.get("b.bin");
  assert.deepEqual([binary.format, binary.content], ["base64", "AP8B"]);
  const copy = await contents.copy("a.txt", "");
  assert.equal(copy.path, "a-Copy1.txt");
  await contents.rename("a-Copy1.txt", "Untitled Folder/c.txt");
  const listed = await contents.get("Untitled Folder");
  const names = (listed.content as { name: string }[]).map(({ name }) => name).sort();
  assert.deepEqual(names, ["Untitled.ipynb", "Untitled1.ipynb", "c.txt"]);
  const checkpoint = await contents.createCheckpoint("a.txt");
  await contents.save("a.txt", { type: "file", format: "text", content: "other" });
  await contents.restoreCheckpoint("a.txt", checkpoint.id);
  assert.equal((await contents.get("a.txt")).content, "schön\n");
  await contents.delete("b.bin");
  await assert.rejects(contents.delete("Untitled Folder"), /not empty/);
});
