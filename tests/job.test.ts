import assert from "node:assert/strict";
import { test } from "node:test";
import { Job } from "gradlab";

interface Tick {
  readonly type: "tick";
  readonly n: number;
}

const counting = (to: number): Job<number, Tick> =>
  new Job<number, Tick>(async ({ emit, checkpoint }) => {
    for (let n = 1; n <= to; n++) {
      checkpoint();
      emit({ type: "tick", n });
      await new Promise((resolve) => setImmediate(resolve));
    }
    return to;
  });

test("a job is awaited for its result and iterated for its events, also after it ended", async () => {
  const job = counting(3);
  assert.equal(await job, 3);
  const seen: number[] = [];
  for await (const { n } of job) seen.push(n);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(job.status, "done");
});

test("listeners get past and later events of their type", async () => {
  const job = counting(4);
  const seen: number[] = [];
  job.on("tick", ({ n }) => seen.push(n));
  await job;
  job.on("tick", ({ n }) => seen.push(-n));
  assert.deepEqual(seen, [1, 2, 3, 4, -1, -2, -3, -4]);
});

test("cancelling fails the job with E_CANCELLED and its reason", async () => {
  const job = counting(1000);
  job.on("tick", ({ n }) => n === 5 && job.cancel("enough"));
  await assert.rejects(async () => job, { code: "E_CANCELLED", message: /enough/ });
  assert.equal(job.status, "cancelled");
});

test("an AbortSignal cancels, whether it fires before or during the job", async () => {
  const controller = new AbortController();
  const during = new Job<void, Tick>(
    async ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped")))),
    { signal: controller.signal },
  );
  setImmediate(() => controller.abort("late"));
  await assert.rejects(async () => during, /stopped/);
  const before = new Job<number, Tick>(() => Promise.resolve(1), { signal: AbortSignal.abort("early") });
  await assert.rejects(async () => before, { code: "E_CANCELLED" });
});

test("the running cell's signal stops the job, as a notebook's stop button does", async () => {
  const cell = new AbortController();
  const host = Symbol.for("gradlab.display");
  Object.assign(globalThis, { [host]: { signal: cell.signal } });
  try {
    const job = counting(1000);
    job.on("tick", ({ n }) => n === 2 && cell.abort("interrupted"));
    await assert.rejects(async () => job, { code: "E_CANCELLED", message: /interrupted/ });
  } finally {
    Reflect.deleteProperty(globalThis, host);
  }
});

test("a failing job is told to everyone who asks, and is no unhandled rejection", async () => {
  const job = new Job<number, Tick>(() => Promise.reject(new Error("broken")));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(job.status, "failed");
  await assert.rejects(job.result(), /broken/);
  await assert.rejects(async () => {
    for await (const _ of job);
  }, /broken/);
});

test("an error remembers the line that made its job", async () => {
  const job = new Job<number, Tick>(() => Promise.reject(new Error("broken")));
  const error = await job.result().catch((reason: unknown) => reason as Error & { [key: symbol]: unknown });
  assert.ok(error instanceof Error);
  assert.match(String((error[Symbol.for("gradlab.origin")] as Error).stack), /job\.test/);
});
