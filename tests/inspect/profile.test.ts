import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  AdamW,
  capture,
  compile,
  DISPLAY,
  flopsOf,
  bytesOf,
  grad,
  hostArray,
  matmul,
  OnnxEngine,
  placeholder,
  profile,
  ReferenceEngine,
  Random,
  tensor,
  useEngine,
  Variable,
  zeros,
  type MimeBundle,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const folder = mkdtempSync(join(tmpdir(), "gradlab-profile-test-"));
process.env.TMPDIR = folder;
after(() => rmSync(folder, { recursive: true }));

const random = new Random(7);

function weight(name: string, rows: number, columns: number): Variable {
  const data = Float32Array.from({ length: rows * columns }, () => random.normal() / 8);
  return new Variable(hostArray(data, [rows, columns]), name);
}

const B = 16;
const [D, H, C] = [24, 40, 8];
const w1 = weight("w1", D, H);
const w2 = weight("w2", H, C);
const forward = (x: Tensor): Tensor => matmul(matmul(x, w1).tanh(), w2);

test("the operations of a known network equal the count by hand", async () => {
  const report = await profile(forward, [zeros([B, D])], { runs: 2, peaks: false });
  const products = 2 * B * D * H + 2 * B * H * C;
  assert.equal(report.flops, products + B * H);
  const [byHand] = report.byOp.filter(({ name }) => name === "matmul");
  assert.equal(byHand.flops, products);
  assert.equal(byHand.count, 2);
  assert.equal(byHand.bytes, 4 * (B * D + D * H + B * H + B * H + H * C + B * C));
});

test("gradients count too: two products for each, the first without its input's", async () => {
  const step = (x: Tensor): Tensor[] => {
    const loss = forward(x).sum();
    return [loss, ...grad(loss, [w1, w2])];
  };
  const report = await profile(step, [zeros([B, D])], { runs: 1, peaks: false });
  const [matmuls] = report.byOp.filter(({ name }) => name === "matmul");
  assert.equal(matmuls.flops, 2 * (2 * B * D * H) + 3 * (2 * B * H * C));
});

test("times are given by op, by line and by part of gradlab, and add up", async () => {
  const report = await profile(forward, [zeros([B, D])], { runs: 3, peaks: false });
  assert.equal(report.runs, 3);
  for (const rows of [report.byOp, report.byLine, report.byModule]) {
    const total = rows.reduce((sum, { ms }) => sum + ms, 0);
    assert.ok(Math.abs(total - report.kernelMs) < 1e-9);
    const shares = rows.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(shares - 1) < 1e-9);
  }
  assert.ok(report.kernelMs > 0 && report.wallMs > 0);
  assert.deepEqual(report.byOp.map(({ name }) => name).sort(), ["matmul", "tanh"]);
  assert.ok(
    report.byLine.every(({ name }) => /profile\.test\.[jt]s:\d+:\d+$/.test(name)),
    report.text(),
  );
});

test("a compiled training step is profiled without being taken", async () => {
  const optimizer = new AdamW([w1, w2]);
  optimizer.advance();
  const step = compile((x: Tensor) => {
    const loss = forward(x).mean();
    optimizer.assign(grad(loss, [w1, w2]));
    return loss;
  });
  const before = await w1.data();
  const report = await profile(step, [tensor(new Float32Array(B * D).fill(0.5), { shape: [B, D] })], {
    runs: 2,
    peaks: false,
  });
  assert.deepEqual(await w1.data(), before);
  assert.ok(report.byOp.some(({ name }) => name === "adamw"));
  assert.ok(report.byLine.some(({ name }) => name.startsWith("gradient of ")));
  assert.ok(report.byModule.some(({ name }) => name.startsWith("optim/")));
});

test("a program for all sizes is profiled at the sizes given", async () => {
  const any = compile((x: Tensor) => matmul(x, w1), { dynamicAxes: [["time", null]] });
  const report = await profile(any, [zeros([5, D])], { runs: 1, peaks: false });
  assert.equal(report.flops, 2 * 5 * D * H);
});

test("the trace has one complete event for each operation, inside its run", async () => {
  const report = await profile(forward, [zeros([B, D])], { runs: 1, peaks: false });
  const { traceEvents } = JSON.parse(JSON.stringify(report.toChromeTrace())) as {
    traceEvents: { ph: string; name: string; ts: number; dur: number; args?: { flops?: number } }[];
  };
  const [run, ...kernels] = traceEvents.filter(({ ph }) => ph === "X");
  assert.equal(run.name, "run");
  assert.deepEqual(
    kernels.map(({ name }) => name),
    ["matmul", "tanh", "matmul"],
  );
  for (const { ts, dur } of kernels) assert.ok(ts >= 0 && ts + dur <= run.dur + 1);
  assert.equal(kernels[0].args?.flops, 2 * B * D * H);
});

test("a report shows itself, with a roofline below the machine's peaks", async () => {
  const report = await profile((x: Tensor) => matmul(x, x).exp(), [zeros([64, 64])], { runs: 2 });
  assert.ok(report.peaks && report.peaks.gflops > 0.1 && report.peaks.gbps > 0.1);
  const bundle: MimeBundle = await report[DISPLAY]();
  assert.match(String(bundle["text/html"]), /<table.*By line.*<svg/s);
  assert.match(String(bundle["text/plain"]), /GFLOP\/s; this machine's peaks: /);
  assert.match(report.roofline().svg(), />matmul</);
});

test("the profile's file is gone afterwards", async () => {
  await profile(forward, [zeros([B, D])], { runs: 1, peaks: false });
  assert.deepEqual(readdirSync(folder), []);
});

test("an op without an own count is counted by its traits", () => {
  const count = (x: Tensor): number => flopsOf(capture([x]).nodes.at(-1)!);
  const x = placeholder([4, 6]);
  assert.equal(count(x.exp()), 24);
  assert.equal(count(x.sum({ axes: 1 })), 24);
  assert.equal(count(x.transpose()), 0);
  assert.equal(count(matmul(x, placeholder([6, 5]), { bias: placeholder([5]) })), (2 * 6 + 1) * 20);
  assert.equal(bytesOf(x.reshape([24]).node), 0);
  assert.equal(bytesOf(x.transpose().node), 2 * 4 * 24);
});

test("engines that cannot time single operations say so and name the lever", async () => {
  try {
    useEngine(new ReferenceEngine());
    const error = await refused("E_CONFIG", () => profile(forward, [zeros([B, D])]));
    assert.match(error.hint, /useEngine\(new OnnxEngine\(\)\)/);
    useEngine(new OnnxEngine({ via: "binding" }));
    const binding = await refused("E_CONFIG", () => profile(forward, [zeros([B, D])]));
    assert.match(binding.hint, /via: "c-api"/);
  } finally {
    useEngine(new OnnxEngine());
  }
});
