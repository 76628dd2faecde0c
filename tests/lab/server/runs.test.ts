import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { LabServerOptions } from "gradlab-lab-server";
import { Page } from "./page.js";
import { type Fixture, serverFor } from "./server-fixture.js";

interface StoredCell {
  id: string;
  cell_type: string;
  source: string | string[];
  metadata: Record<string, unknown>;
  execution_count?: number | null;
  outputs?: {
    output_type: string;
    name?: string;
    text?: string | string[];
    ename?: string;
    data?: Record<string, unknown>;
  }[];
}

interface Model {
  content: { cells: StoredCell[]; nbformat: number; nbformat_minor: number; metadata: object };
  hash: string;
}

/** A server with nb.ipynb (a note and a code cell `run`) and a kernel for it. */
class Lab {
  readonly fixture: Fixture;
  readonly kernelId: string;

  private constructor(fixture: Fixture, kernelId: string) {
    this.fixture = fixture;
    this.kernelId = kernelId;
  }

  static async start(t: TestContext, options: LabServerOptions = {}): Promise<Lab> {
    const fixture = await serverFor(t, options);
    const cells = [
      { id: "note", cell_type: "markdown", metadata: {}, source: "a note" },
      { id: "run", cell_type: "code", metadata: {}, source: "…", outputs: [], execution_count: null },
    ];
    writeFileSync(
      join(fixture.root, "nb.ipynb"),
      JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }),
    );
    const response = await fixture.fetch("api/sessions", {
      method: "POST",
      body: JSON.stringify({ path: "nb.ipynb", name: "nb.ipynb", type: "notebook", kernel: {} }),
    });
    const { kernel } = (await response.json()) as { kernel: { id: string } };
    return new Lab(fixture, kernel.id);
  }

  page(session?: string): Promise<Page> {
    return Page.open(this.fixture.server, this.kernelId, session);
  }

  async read(): Promise<Model> {
    return (await (await this.fixture.fetch("api/contents/nb.ipynb?content=1&hash=1")).json()) as Model;
  }

  async hash(): Promise<string> {
    const response = await this.fixture.fetch("api/contents/nb.ipynb?content=0&hash=1");
    return ((await response.json()) as Model).hash;
  }

  async save(content: Model["content"]): Promise<Model> {
    const response = await this.fixture.fetch("api/contents/nb.ipynb", {
      method: "PUT",
      body: JSON.stringify({ type: "notebook", format: "json", content }),
    });
    assert.equal(response.status, 200);
    return (await response.json()) as Model;
  }

  stored(): StoredCell[] {
    return (JSON.parse(readFileSync(join(this.fixture.root, "nb.ipynb"), "utf8")) as Model["content"]).cells;
  }

  /** The printed text of the stored cell. */
  storedText(): string {
    return textOf(this.stored().find(({ id }) => id === "run")!);
  }

  async untilStored(text: string): Promise<void> {
    while (!this.storedText().includes(text)) await delay(20);
  }
}

const textOf = ({ outputs = [] }: StoredCell): string =>
  outputs.map(({ text }) => [text ?? ""].flat().join("")).join("");

/** A cell that prints `count` lines, one each `ms`. */
const counting = (count: number, ms = 30): string =>
  `for (let i = 1; i <= ${count}; i++) { console.log('line', i); await new Promise((r) => setTimeout(r, ${ms})); }`;

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join("");

test("a cell whose page is closed goes on; its outputs are in the stored notebook", async (t) => {
  const lab = await Lab.start(t);
  const page = await lab.page();
  page.execute(counting(20), "run");
  await page.printed("line 3");
  await page.close();
  await lab.untilStored("line 20");
  assert.equal(lab.storedText(), lines(20));
  assert.equal(lab.stored()[1].execution_count, 1);
  const { content } = await lab.read();
  assert.equal(textOf(content.cells[1]), lines(20));
  assert.equal(content.cells[0].source, "a note");
});

test("a page that is there is left to store its outputs itself", async (t) => {
  const lab = await Lab.start(t);
  const before = readFileSync(join(lab.fixture.root, "nb.ipynb"), "utf8");
  const page = await lab.page();
  await page.idle(page.execute(counting(3), "run"));
  await delay(3000);
  await page.close();
  await lab.read();
  assert.equal(readFileSync(join(lab.fixture.root, "nb.ipynb"), "utf8"), before);
});

test("a page that goes in the moment in which its cell ends loses no output", async (t) => {
  const lab = await Lab.start(t);
  const page = await lab.page("s1");
  const id = page.execute(counting(3), "run");
  await page.idle(id);
  await page.break();
  await lab.untilStored("line 3");
  assert.equal(lab.storedText(), lines(3));
  const again = await lab.page("s1");
  await again.until(({ header }) => header["msg_type"] === "clear_output");
  await again.printed("line 3");
  assert.equal(again.text(id), lines(3));
});

test("a page whose connection broke gets what it missed, and sees no change of the file", async (t) => {
  const lab = await Lab.start(t);
  const before = await lab.read();
  const first = await lab.page("s1");
  const id = first.execute(counting(20), "run");
  await first.printed("line 3");
  await first.break();
  await lab.untilStored("line 20");
  assert.equal(await lab.hash(), before.hash); // its own save will find no conflict
  const again = await lab.page("s1");
  await again.idle(id);
  assert.equal(first.text(id) + again.text(id), lines(20));
  const other = { ...before.content, cells: [before.content.cells[0]] };
  await lab.save(other);
  assert.deepEqual(
    lab.stored().map(({ id: cell }) => cell),
    ["note"],
  );
});

for (const [found, options] of [
  ["when it comes back", {}],
  ["by a missing sign of life", { pingEvery: 400 }],
] as const) {
  test(`a page whose connection died without a word gets what it did not hear; found out ${found}`, async (t) => {
    const lab = await Lab.start(t, options);
    const first = await lab.page("s1");
    const id = first.execute(counting(80), "run");
    await first.printed("line 5");
    first.freeze();
    const heard = first.text(id);
    await delay(2500);
    const again = await lab.page("s1");
    await again.idle(id);
    const replayed = again.text(id);
    assert.ok(lines(80).endsWith(replayed));
    const twice = heard.length + replayed.length - lines(80).length;
    // what it heard in the last moment, it may hear again
    assert.ok(twice >= 0 && twice <= lines(8).length, `${heard}|${replayed}`);
  });
}

test("a notebook opened while a cell runs shows its outputs so far; a save keeps the user's edits and the rest", async (t) => {
  const lab = await Lab.start(t);
  const first = await lab.page();
  first.execute(counting(40), "run");
  await first.printed("line 5");
  await first.close();
  const opened = await lab.read();
  const seen = textOf(opened.content.cells[1]);
  assert.ok(seen.startsWith(lines(5)) && lines(40).startsWith(seen), seen);
  assert.notEqual(seen, lines(40));
  opened.content.cells[0].source = "edited meanwhile";
  const saved = await lab.save(opened.content);
  assert.equal(saved.hash, await lab.hash());
  await lab.untilStored("line 40");
  // a page that still holds the early state saves once more
  await lab.save(opened.content);
  assert.equal(lab.storedText(), lines(40));
  assert.equal([lab.stored()[0].source].flat().join(""), "edited meanwhile");
});

test("what the user put in its place stands: cleared outputs, another run of the cell", async (t) => {
  const lab = await Lab.start(t);
  const first = await lab.page();
  first.execute(counting(15), "run");
  await first.printed("line 2");
  await first.close();
  const opened = await lab.read();
  opened.content.cells[1].outputs = [];
  await lab.save(opened.content);
  const second = await lab.page();
  await second.idle(second.send("shell", "kernel_info_request", {})); // queued behind the run
  await lab.read();
  assert.equal(lab.storedText(), "");

  const id = second.execute("console.log('anew')", "run");
  await second.idle(id);
  opened.content.cells[1].outputs = [{ output_type: "stream", name: "stdout", text: "anew\n" }];
  await lab.save(opened.content);
  assert.equal(lab.storedText(), "anew\n");
});

test("a display that is updated and outputs that are cleared end as a page would show them", async (t) => {
  const lab = await Lab.start(t);
  const page = await lab.page();
  page.execute(
    `console.log('begun'); await new Promise((r) => setTimeout(r, 300));
     Jupyter.clearOutput();
     Jupyter.displayBundle({ 'text/plain': 'step 0' }, { displayId: 'p' });
     for (let i = 1; i <= 5; i++) Jupyter.displayBundle({ 'text/plain': 'step ' + i }, { displayId: 'p', update: true });
     console.log('end'); 6 * 7`,
    "run",
  );
  await page.printed("begun");
  await page.close();
  await lab.untilStored("end");
  const outputs = lab.stored()[1].outputs!;
  assert.deepEqual(
    outputs.map(({ output_type, data, text }) => [output_type, data?.["text/plain"] ?? text]),
    [
      ["display_data", ["step 5"]],
      ["stream", ["end\n"]],
      ["execute_result", ["42"]],
    ],
  );
  assert.ok(!JSON.stringify(outputs).includes("transient"));
});

test("a kernel that dies meanwhile leaves its outputs and says so", async (t) => {
  const lab = await Lab.start(t);
  const page = await lab.page();
  page.execute("console.log('working'); await new Promise(() => {})", "run");
  await page.printed("working");
  await page.close();
  process.kill(lab.fixture.server.kernels.get(lab.kernelId).pid!, "SIGKILL");
  await lab.untilStored("working");
  while (lab.stored()[1].outputs?.at(-1)?.ename !== "KernelGone") await delay(20);
});

test("a server that ends stores the outputs of the cells that run, also of pages that are open", async (t) => {
  const lab = await Lab.start(t);
  const page = await lab.page();
  page.execute("console.log('so far'); await new Promise(() => {})", "run");
  await page.printed("so far");
  await lab.fixture.server.close();
  assert.equal(lab.storedText(), "so far\n");
  assert.equal(lab.stored()[1].outputs?.at(-1)?.ename, "KernelGone");
});

test("another page takes a run over: all outputs, in order, once", async (t) => {
  const lab = await Lab.start(t);
  const first = await lab.page();
  const id = first.execute(counting(30), "run");
  await first.printed("line 4");
  await first.close();
  const second = await lab.page();
  const running = (await (await lab.fixture.fetch("lab/api/runs?path=nb.ipynb")).json()) as Record<
    string,
    unknown
  >[];
  assert.deepEqual(
    running.map((run) => [run["id"], run["cell_id"], run["state"], run["is_shown"]]),
    [[id, "run", "running", false]],
  );
  await second.printed("line 8");
  const adopted = await lab.fixture.fetch(`lab/api/runs/${id}/adopt`, {
    method: "POST",
    body: JSON.stringify({ session_id: second.session }),
  });
  assert.equal(adopted.status, 200);
  await second.idle(id);
  const all = second.received.filter(({ parent }) => parent["msg_id"] === id);
  const cleared = all.findIndex(({ header }) => header["msg_type"] === "clear_output");
  const after = all.slice(cleared).map(({ content }) => (content["text"] as string | undefined) ?? "");
  assert.equal(after.join(""), lines(30));
  const stranger = await lab.fixture.fetch(`lab/api/runs/${id}/adopt`, { method: "POST", body: "{}" });
  assert.equal(stranger.status, 404);
});

test("whatever pages do while cells run, no edit and no output is lost", async (t) => {
  const lab = await Lab.start(t);
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 0x7fffffff) % below;
  for (let round = 1; round <= 8; round++) {
    const owner = await lab.page(`owner-${round}`);
    const count = 10 + random(15);
    owner.execute(counting(count, 10), "run");
    await owner.printed("line 1");
    await delay(random(60));
    await (random(2) === 0 ? owner.break() : owner.close());
    let note = "";
    for (let i = random(4); i >= 0; i--) {
      await delay(random(40));
      const { content } = await lab.read();
      note = content.cells[0].source = `round ${round}, edit ${i}`;
      await delay(random(40));
      await lab.save(content);
    }
    await lab.untilStored(`line ${count}\n`);
    assert.equal(lab.storedText(), lines(count), `round ${round}`);
    assert.equal([lab.stored()[0].source].flat().join(""), note);
    const { content } = await lab.read();
    assert.equal(textOf(content.cells[1]), lines(count));
  }
});
