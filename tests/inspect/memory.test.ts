import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  compile,
  crossEntropy,
  DISPLAY,
  grad,
  hostArray,
  matmul,
  memorySummary,
  memoryTimeline,
  OnnxEngine,
  Random,
  ReferenceEngine,
  tensor,
  useEngine,
  Variable,
  zeros,
  type MimeBundle,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const random = new Random(3);

function weight(name: string, rows: number, columns: number): Variable {
  const data = Float32Array.from({ length: rows * columns }, () => random.normal() / 16);
  return new Variable(hostArray(data, [rows, columns]), name);
}

const KiB = 1024;

test("lives of results give the bytes of each category, by hand", async () => {
  const [a, b] = [weight("a", 16, 16), weight("b", 16, 16)];
  const forward = (x: Tensor): Tensor => matmul(matmul(x, a).tanh(), b).exp();
  const { steps, plannedPeak, plannedArenaPeak, measured } = await memoryTimeline(
    forward,
    [zeros([16, 16])],
    { run: false },
  );
  assert.equal(measured, undefined);
  assert.deepEqual(
    steps.map(({ name, bytes }) => [name, bytes.workspace]),
    // Two results are alive at a time; the last one is the output.
    [
      ["matmul", KiB],
      ["tanh", 2 * KiB],
      ["matmul", 2 * KiB],
      ["exp", KiB],
    ],
  );
  for (const { bytes } of steps) {
    assert.deepEqual([bytes.weights, bytes.inputs, bytes.outputs, bytes.activations], [2 * KiB, KiB, KiB, 0]);
  }
  assert.equal(plannedPeak, 6 * KiB);
  assert.equal(plannedArenaPeak, 2 * KiB);
});

test("what gradients read is an activation, what comes out of them for an update a gradient", async () => {
  const w = weight("w", 16, 16);
  const optimizer = new AdamW([w]);
  optimizer.advance();
  const step = compile((x: Tensor) => {
    const loss = matmul(x, w).tanh().sum();
    optimizer.assign(grad(loss, [w]));
    return loss;
  });
  const { steps } = await memoryTimeline(step, [zeros([16, 16])], { run: false });
  const most = (category: "activations" | "gradients" | "optimizer"): number =>
    Math.max(...steps.map(({ bytes }) => bytes[category]));
  assert.equal(most("activations"), KiB, "tanh's result");
  const scalars = 16;
  assert.ok(most("gradients") >= KiB && most("gradients") <= KiB + scalars, "the gradient of w");
  assert.equal(most("optimizer"), 2 * KiB, "two moments; their new values overwrite the old");
});

test("views share the memory of what they view", async () => {
  const one = (x: Tensor): Tensor => x.exp().reshape([4, 64]).neg();
  const { steps } = await memoryTimeline(one, [zeros([16, 16])], { run: false });
  assert.deepEqual(
    steps.map(({ bytes }) => bytes.workspace),
    [KiB, KiB, KiB],
  );
});

/** How far the plan of a small training step may lie from what the arena measured. */
const TOLERANCE = 0.15;

test("the planned peak of a training step is near the arena's", async (t) => {
  // Kernels of our own have scratch memory that a plan made of the graph does not see.
  useEngine(new OnnxEngine({ kernels: false }));
  t.after(() => useEngine(new OnnxEngine()));
  const parameters = [weight("w1", 128, 256), weight("w2", 256, 256), weight("w3", 256, 32)];
  const optimizer = new AdamW(parameters);
  optimizer.advance();
  const step = compile((x: Tensor, targets: Tensor) => {
    const hidden = parameters.slice(0, 2).reduce<Tensor>((h, w) => matmul(h, w).gelu(), x);
    const loss = crossEntropy(matmul(hidden, parameters[2]), targets);
    optimizer.assign(grad(loss, parameters));
    return loss;
  });
  const x = tensor(
    Float32Array.from({ length: 64 * 128 }, () => random.normal()),
    { shape: [64, 128] },
  );
  const targets = tensor(Int32Array.from({ length: 64 }, (_, i) => i % 32));
  const before = await parameters[0].data();
  const { steps, plannedArenaPeak, measured } = await memoryTimeline(step, [x, targets]);
  assert.ok(measured);
  assert.equal(measured.asked.length, steps.length);
  const ratio = plannedArenaPeak / measured.peakAsked;
  assert.ok(Math.abs(ratio - 1) <= TOLERANCE, `planned ${plannedArenaPeak}, measured ${measured.peakAsked}`);
  assert.ok(measured.peakInUse >= measured.peakAsked * 0.9 && measured.arena >= measured.peakInUse);
  assert.deepEqual(await parameters[0].data(), before, "nothing was updated");
});

test("a timeline shows itself as a table and a stack of its categories", async () => {
  const w = weight("w", 32, 32);
  const timeline = await memoryTimeline(
    (x: Tensor) => grad(matmul(x, w).tanh().sum(), [w]),
    [zeros([8, 32])],
  );
  const bundle: MimeBundle = await timeline[DISPLAY]();
  assert.match(String(bundle["text/plain"]), /^Planned peak [\d.e-]+ MB at .*measured/);
  assert.match(String(bundle["text/html"]), /<table.*<svg.*measured/s);
  assert.match(timeline.chart().svg(), /Memory, planned by category/);
});

test("an engine that does not report its operations can still be planned for", async () => {
  try {
    useEngine(new ReferenceEngine());
    await refused("E_CONFIG", () => memoryTimeline((x: Tensor) => x.exp(), [zeros([4])]));
    const { plannedPeak } = await memoryTimeline((x: Tensor) => x.exp(), [zeros([4])], { run: false });
    assert.equal(plannedPeak, 32);
    assert.equal((await memorySummary()).arena, undefined);
  } finally {
    useEngine(new OnnxEngine());
  }
});

test("the summary counts variables by what they are for, and results that are held", async () => {
  const before = await memorySummary();
  const w = weight("big", 256, 256);
  await new AdamW([w]).update([zeros([256, 256])]);
  const results = await compile((x: Tensor) => x.add(1))(zeros([512, 512]));
  const after = await memorySummary();
  assert.equal(after.parameters - before.parameters, 4 * 256 * 256);
  assert.ok(after.state - before.state >= 2 * 4 * 256 * 256, "two moments");
  assert.ok(after.results >= results.size * 4);
  assert.ok(after.arena && after.arena.held > 0);
  assert.match(after.text(), /^Memory now; \d+ compiled programs\n/);
});

test("a variable in two places and results taken over by variables count once", async () => {
  const before = await memorySummary();
  const w = new Variable(tensor(new Float32Array(4096)).add(1), "lazy");
  await w.data();
  const after = await memorySummary();
  const grown = after.parameters + after.results - before.parameters - before.results;
  const ownMeasurements = 64;
  assert.ok(grown >= 4 * 4096 && grown <= 4 * 4096 + ownMeasurements, `${grown} bytes`);
});
