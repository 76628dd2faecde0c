import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { capture, fromStorage, OnnxEngine, tensor } from "gradlab";
import { scratch } from "../artifacts/scratch.js";

/** Runs a compiled child script and gives the JSON it prints. A crash fails with its signal and messages. */
async function child<T>(
  name: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  const script = join(import.meta.dirname, "children", `${name}.js`);
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, ...args], { env });
  return JSON.parse(stdout) as T;
}

const MIB = 1024 * 1024;
/** Resident memory may grow by this much over 240 steps: less than one step's logits each would take. */
const GROWTH_LIMIT = 12 * MIB;

test("300 compiled training steps under forced collections neither crash nor grow", async (t) => {
  const { loss, resident, live } = await child<{ loss: number; resident: number[]; live: number[] }>(
    "training-loop",
  );
  assert.ok(Number.isFinite(loss));
  const growth = resident.at(-1)! - resident[0];
  t.diagnostic(`resident ${(resident[0] / MIB).toFixed(1)} → ${(resident.at(-1)! / MIB).toFixed(1)} MiB`);
  assert.ok(growth < GROWTH_LIMIT, `grew by ${(growth / MIB).toFixed(1)} MiB`);
  // A few steps' results may wait for their finalizers.
  assert.ok(Math.max(...live) <= 8 * Math.min(...live), `live bytes ${live.join(", ")}`);
});

test("programs that nobody holds finish their runs, and are released afterwards", async () => {
  const { finite, programs } = await child<{ finite: boolean; programs: number }>("forgotten-programs");
  assert.ok(finite);
  assert.ok(programs <= 2, `${programs} of 25 programs are left`);
});

for (const [via, place] of [
  ["c-api", "main thread"],
  ["binding", "main thread"],
  ["c-api", "worker"],
  ["binding", "worker"],
]) {
  test(`a session by the ${via} in the ${place} leaves no file in the home folder`, async (t) => {
    const home = await scratch(t);
    const { PATH } = process.env;
    // No CI variable, which alone would keep the library quiet; every folder it could write to is the same one.
    const env = {
      PATH,
      HOME: home,
      XDG_CACHE_HOME: home,
      XDG_DATA_HOME: home,
      XDG_CONFIG_HOME: home,
      TMPDIR: home,
    };
    const { value } = await child<{ value: number }>("one-session", [via, place], env);
    assert.equal(value, 2);
    assert.deepEqual(await readdir(home, { recursive: true }), []);
  });
}

test("timers go on while a large product runs on the C API", async (t) => {
  const size = 1024;
  const engine = new OnnxEngine({ via: "c-api", threads: 1 });
  const x = tensor(new Float32Array(size * size).fill(1 / size), { shape: [size, size] });
  const graph = capture([x.matmul(x).matmul(x).matmul(x).matmul(x)]);
  const program = await engine.compile(graph);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const [result] = await program.run(graph.inputs.map((input) => input.storage!));
  clearInterval(timer);
  const [value] = await fromStorage(result).data();
  assert.ok(Math.abs(Number(value) * size - 1) < 1e-3, String(value));
  t.diagnostic(`${ticks} ticks of 1 ms`);
  assert.ok(ticks > 0);
});

test("a failed run leaves the engine usable", async () => {
  const engine = new OnnxEngine({ via: "c-api" });
  const table = tensor(new Float32Array(64).fill(2), { shape: [16, 4] });
  const { gather } = await import("gradlab");
  const run = async (index: number): Promise<number> => {
    const graph = capture([gather(table, tensor([index], { dtype: "int32" }))]);
    const [result] = await (await engine.compile(graph)).run(graph.inputs.map((input) => input.storage!));
    return Number((await result.read()).data[0]);
  };
  await assert.rejects(run(16), { code: "E_INDEX" });
  assert.equal(await run(15), 2);
});

test("empty tensors run", async () => {
  const engine = new OnnxEngine({ via: "c-api" });
  const empty = tensor(new Float32Array(0), { shape: [0, 3] });
  const graph = capture([empty.mul(2), empty.sum({ axes: 0 })]);
  const results = await (await engine.compile(graph)).run(graph.inputs.map((input) => input.storage!));
  const arrays = await Promise.all(results.map((storage) => storage.read()));
  assert.deepEqual(
    arrays.map(({ shape, data }) => [shape, [...data]]),
    [
      [[0, 3], []],
      [[3], [0, 0, 0]],
    ],
  );
});
