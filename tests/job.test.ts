import assert from "node:assert/strict";
import { test } from "node:test";
import { GradlabError, Job, type JobContext } from "gradlab";
import { pause } from "./paused.js";

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

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Counts on and on, with a pause point before each number. */
const pausable = (seen: number[]): Job<void, Tick> =>
  new Job<void, Tick>(async ({ emit, pausePoint }) => {
    for (let n = 1; ; n++) {
      await pausePoint();
      seen.push(n);
      emit({ type: "tick", n });
      await tick();
    }
  });

/** Lets the job come to its next pause point: many turns of the event loop, in which it would count on otherwise. */
async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await tick();
}

test("a paused job stops at its next pause point, goes on when resumed, and can be cancelled", async () => {
  const seen: number[] = [];
  const job = pausable(seen);
  await turns(5);
  assert.ok(job.canPause && seen.length > 0);
  job.pause();
  assert.equal(job.status, "pausing");
  await turns();
  assert.equal(job.status, "paused");
  const at = seen.length;
  await turns();
  assert.equal(seen.length, at);
  job.pause();
  job.resume();
  assert.equal(job.status, "running");
  await turns();
  assert.ok(seen.length > at);
  job.pause();
  await turns();
  job.cancel("enough");
  await assert.rejects(async () => job, { code: "E_CANCELLED", message: /enough/ });
  assert.equal(job.status, "cancelled");
  assert.equal(job.canPause, false);
  job.pause();
  job.resume();
  assert.equal(job.status, "cancelled");
});

test("a job that is paused before it begins waits at its first pause point", async () => {
  const seen: number[] = [];
  const job = pausable(seen);
  job.pause();
  await turns();
  assert.deepEqual([job.status, seen], ["paused", []]);
  job.cancel();
  await assert.rejects(async () => job, { code: "E_CANCELLED" });
});

test("a paused job that is iterated or whose cell is interrupted ends", async () => {
  const cell = new AbortController();
  const host = Symbol.for("gradlab.display");
  Object.assign(globalThis, { [host]: { signal: cell.signal } });
  try {
    const job = pausable([]);
    job.on("tick", ({ n }) => {
      if (n === 3) void pause(job).then((status) => cell.abort(`interrupted when ${status}`));
    });
    let last = 0;
    await assert.rejects(
      async () => {
        for await (const { n } of job) last = n;
      },
      { code: "E_CANCELLED", message: /interrupted when paused/ },
    );
    assert.equal(last, 3);
  } finally {
    Reflect.deleteProperty(globalThis, host);
  }
});

test("a body without pause points cannot be paused and ends as it would have", async () => {
  const job = counting(20);
  job.pause();
  assert.equal(await job, 20);
  assert.equal(job.canPause, false);
});

test("pause points let timers in between steps that only await one another", async () => {
  const job = new Job<void, Tick>(async ({ pausePoint }) => {
    for (;;) await pausePoint();
  });
  setTimeout(() => job.cancel("by a timer"), 1);
  await assert.rejects(async () => job, /by a timer/);
});

interface Told {
  readonly job: { readonly kind: string; readonly name: string; cancel(reason: string): void };
  readonly progress: unknown[];
  readonly states: unknown[][];
}

/** Runs `body` where a kernel listens, and gives what it was told. */
async function heard(body: (told: Told[]) => Promise<void>): Promise<Told[]> {
  const told: Told[] = [];
  const kernel = Symbol.for("gradlab.kernel");
  const announce = (job: Told["job"]): object => {
    const one: Told = { job, progress: [], states: [] };
    told.push(one);
    return {
      progress: (values: unknown) => one.progress.push(values),
      status: (...state: unknown[]) => one.states.push(state),
    };
  };
  Object.assign(globalThis, { [kernel]: { jobs: { announce } } });
  try {
    await body(told);
  } finally {
    Reflect.deleteProperty(globalThis, kernel);
  }
  return told;
}

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

test("a kernel is told what a job's events say of its progress, and how it ends", async () => {
  const events: Event[] = [
    { type: "start", plan: {} },
    {
      type: "step",
      step: 1,
      totalSteps: 9,
      loss: 2.5,
      learningRate: 0.1,
      tokensPerSecond: 7,
      etaMs: 8,
      more: 1,
    },
    { type: "eval", step: 1, loss: 2.25, perplexity: 9.4 },
    { type: "layer", name: "q_proj", index: 1, of: 4 },
  ];
  const body = ({ emit }: JobContext<Event>): Promise<void> => {
    events.forEach(emit);
    return Promise.reject(new GradlabError("E_NAN_LOSS", "The loss became NaN.", { hint: "Lower it." }));
  };
  const [one] = await heard(async () => {
    const job = new Job<void, Event>(body, { kind: "fine-tune", name: "tiny" });
    await assert.rejects(async () => job, { code: "E_NAN_LOSS" });
  });
  assert.deepEqual([one.job.kind, one.job.name], ["fine-tune", "tiny"]);
  assert.deepEqual(one.progress, [
    { step: 1, totalSteps: 9, loss: 2.5, learningRate: 0.1, tokensPerSecond: 7, etaMs: 8 },
    { step: 1, evalLoss: 2.25 },
    { step: 2, totalSteps: 4, stage: "q_proj" },
  ]);
  const failure = { code: "E_NAN_LOSS", message: "The loss became NaN.", hint: "Lower it." };
  assert.deepEqual(one.states, [["failed", false, failure]]);
});

test("a kernel can pause and stop a job; each turn is told", async () => {
  const [one] = await heard(async (told) => {
    const job = pausable([]);
    await turns(3);
    job.pause();
    await turns();
    told[0].job.cancel("the panel");
    await assert.rejects(async () => job, /the panel/);
  });
  assert.deepEqual(
    one.states.map(([status, can]) => [status, can]),
    [
      ["running", true],
      ["pausing", true],
      ["paused", true],
      ["running", true],
      ["cancelled", true],
    ],
  );
});
