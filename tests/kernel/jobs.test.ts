import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { KernelClient, Message } from "gradlab-kernel";
import { ROOT } from "../source-files.js";
import { folderFor, kernelFor, show, value } from "./kernel-fixture.js";

interface Line {
  readonly whole: boolean;
  readonly points: readonly (readonly [number, number])[];
}

interface Shown {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly cell: string;
  readonly status: string;
  readonly pausable: boolean;
  readonly error?: { readonly code?: string; readonly message: string; readonly hint?: string };
  readonly values: Readonly<Record<string, number>>;
  readonly loss: Line;
}

interface Told {
  readonly method: string;
  readonly serial: number;
  readonly jobs: readonly Shown[];
}

const PATIENCE_MS = 30_000;

/** A page's end of the jobs comm. */
class Page {
  readonly told: Told[] = [];
  #wake: () => void = () => {};

  constructor(
    readonly kernel: KernelClient,
    readonly id = "gradlab.jobs",
  ) {
    kernel.onIopub = (message: Message) => {
      if (message.header.msg_type !== "comm_msg" || message.content["comm_id"] !== id) return;
      this.told.push(message.content["data"] as Told);
      this.#wake();
    };
  }

  open(): void {
    this.kernel.send("comm_open", { comm_id: this.id, target_name: "gradlab.jobs", data: { version: 1 } });
  }

  ask(method: string, job?: string): void {
    this.kernel.send("comm_msg", { comm_id: this.id, data: { method, id: job } });
  }

  /** The latest message with a job that fits, from now on. */
  async until(
    what: string,
    fits: (job: Shown, told: Told) => boolean,
    from = this.told.length,
  ): Promise<Shown> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      for (const told of this.told.slice(from)) {
        const found = told.jobs.find((job) => fits(job, told));
        if (found) return found;
      }
      const left = end - Date.now();
      assert.ok(
        left > 0,
        `${what} did not come; the last was ${JSON.stringify(this.told.at(-1))?.slice(0, 500)}`,
      );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
  }
}

/** A kernel in a folder where cells can import gradlab. */
async function kernelWithSdk(t: TestContext): Promise<KernelClient> {
  const folder = folderFor(t);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(ROOT, "sdk"), join(folder, "node_modules", "gradlab"), "dir");
  return await kernelFor(t, { cwd: folder });
}

/** A job that steps every millisecond until it is stopped. */
const COUNT = `import { Job } from "gradlab";
const count = (steps: number) => new Job<number, any>(async ({ emit, pausePoint }) => {
  for (let step = 1; step <= steps; step++) {
    await pausePoint();
    emit({ type: "step", step, totalSteps: steps, loss: 1 / step, learningRate: 0.1 });
    await new Promise((done) => setTimeout(done, 1));
  }
  return steps;
}, { kind: "test", name: "count" });`;

test("a page follows a job, pauses, resumes and stops it; the cell ends with the cancelled error", async (t) => {
  const kernel = await kernelWithSdk(t);
  await value(kernel, COUNT);
  const page = new Page(kernel);
  page.open();
  const cell = show(kernel, "await count(1e6)");
  const first = await page.until("a step", ({ values }) => values["step"] > 3, 0);
  assert.deepEqual([first.kind, first.name, first.cell, first.pausable], ["test", "count", "cell 2", true]);
  assert.ok(first.values["memory"] > 1e7);
  page.ask("pause", first.id);
  await page.until("paused", ({ status }) => status === "paused", 0);
  page.ask("state");
  const one = await page.until("a state", (_, { method }) => method === "state");
  page.ask("state");
  const two = await page.until("a state", (_, { method }) => method === "state");
  assert.deepEqual([one.status, two.values["step"]], ["paused", one.values["step"]]);
  assert.deepEqual(two.loss.points.at(0), [1, 1]);
  assert.equal(two.loss.points.length, two.values["step"]);
  page.ask("resume", first.id);
  await page.until("more steps", ({ values }) => values["step"] > two.values["step"] + 3);
  page.ask("stop", first.id);
  const end = await page.until("the end", ({ status }) => status === "cancelled", 0);
  assert.deepEqual(
    [end.error?.code, end.error?.message],
    ["E_CANCELLED", "The job was stopped: Stop was pressed in the training panel."],
  );
  const { reply } = await cell;
  assert.equal(reply.status, "error");
  assert.match(reply.traceback?.join("\n") ?? "", /E_CANCELLED.*training panel/);
  const serials = page.told.map(({ serial }) => serial);
  assert.deepEqual(
    serials,
    serials.map((_, i) => serials[0] + i),
  );
});

test("progress comes at most five times a second, and none of its points is missing", async (t) => {
  const kernel = await kernelWithSdk(t);
  await value(kernel, COUNT);
  const page = new Page(kernel);
  page.open();
  const code = "const from = performance.now(); await count(500); performance.now() - from";
  const seconds = Number(await value(kernel, code)) / 1000;
  await page.until("the end", ({ status }) => status === "done", 0);
  const progress = page.told.filter(({ jobs }) => jobs.some(({ status }) => status === "running"));
  // the job's beginning and its first pause point are told at once
  assert.ok(progress.length <= 5 * seconds + 4, `${progress.length} messages in ${seconds} s`);
  const points = page.told.flatMap(({ jobs }) => jobs.flatMap(({ loss }) => [...loss.points]));
  assert.deepEqual(
    points.map(([step]) => step),
    Array.from({ length: 500 }, (_, i) => i + 1),
  );
});

test("a page that comes later gets everything; a long line is thinned and keeps its spikes", async (t) => {
  const kernel = await kernelWithSdk(t);
  await value(
    kernel,
    `import { Job } from "gradlab";
await new Job<void, any>(async ({ emit }) => {
  for (let step = 1; step <= 20000; step++) emit({ type: "step", step, loss: step === 7777 ? 99 : 1 + 1 / step });
}, { name: "long" });
const failed = new Job<void, any>(async () => { throw new Error("broken"); });
await failed.result().catch(() => undefined);`,
  );
  const page = new Page(kernel);
  page.open();
  const long = await page.until(
    "the state",
    ({ name }, { method }) => method === "state" && name === "long",
    0,
  );
  assert.equal(long.status, "done");
  assert.ok(long.loss.whole && long.loss.points.length <= 1024 && long.loss.points.length > 400);
  assert.ok(long.loss.points.some(([step, loss]) => step === 7777 && loss === 99));
  assert.deepEqual(long.loss.points[0], [1, 2]);
  assert.ok(long.loss.points.at(-1)![0] > 20000 - 128);
  const far = long.loss.points.map(([step], i, all) => step - (all[i - 1]?.[0] ?? 0));
  assert.ok(Math.max(...far) <= 128, `a gap of ${Math.max(...far)} steps`);
  const [, broken] = page.told[0].jobs;
  assert.deepEqual([broken.status, broken.error], ["failed", { message: "broken" }]);
});

test("interrupting the cell ends a paused job, and the kernel goes on", async (t) => {
  const kernel = await kernelWithSdk(t);
  await value(kernel, COUNT);
  const page = new Page(kernel);
  page.open();
  const cell = kernel.execute("const job = count(1e6); await job");
  const { id } = await page.until("a step", ({ values }) => values["step"] > 1, 0);
  page.ask("pause", id);
  await page.until("paused", ({ status }) => status === "paused", 0);
  await kernel.interrupt();
  assert.equal((await cell).status, "error");
  await page.until("the end", ({ status }) => status === "cancelled", 0);
  assert.equal(await value(kernel, "job.status"), "'cancelled'");
});

test("usage_reply names the device once gradlab is imported, and no more after the process was replaced", async (t) => {
  const kernel = await kernelWithSdk(t);
  const device = async (): Promise<unknown> =>
    (await kernel.request("usage_request", {}, { channel: "control" })).content["device"];
  assert.equal(await device(), undefined);
  await value(kernel, `import { useEngine, ReferenceEngine } from "gradlab"; 1`);
  const first = (await device()) as Record<string, unknown>;
  assert.deepEqual([first["device"], first["engine"]], ["cpu", "onnx"]);
  await value(kernel, "useEngine(new ReferenceEngine()); 1");
  assert.equal(((await device()) as Record<string, unknown>)["engine"], "reference");
  await kernel.execute("process.kill(process.pid, 'SIGKILL')");
  assert.equal(await device(), undefined);
});
