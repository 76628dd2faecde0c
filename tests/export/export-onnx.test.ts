import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  applyAll,
  attention,
  castArray,
  compile,
  exportOnnx,
  gelu,
  grad,
  fromNumbers,
  hostArray,
  HostStorage,
  ids,
  layerNorm,
  OPS,
  quantMatmul,
  Random,
  rmsNorm,
  rope,
  rotaryTables,
  silu,
  svd,
  tensor,
  toNumbers,
  traceGraph,
  Variable,
  type AnyOp,
  type Tensor,
} from "gradlab";
import * as ort from "onnxruntime-node";
import { scratch } from "../artifacts/scratch.js";
import { leafOf, sampleValues, type OpSample } from "../ops/sample-inputs.js";
import { refused } from "../refused.js";
import { farthest, float32, open } from "./plain.js";

const random = new Random(3);

function numbers(...shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return Float32Array.from({ length: size }, () => random.uniform() - 0.5);
}

const variable = (name: string, ...shape: readonly number[]): Variable =>
  new Variable(hostArray(numbers(...shape), shape), name);

const [WIDTH, HEADS] = [16, 2];
const weights = {
  up: variable("block.up", WIDTH, 32),
  down: variable("block.down", 32, WIDTH),
  gain: variable("block.gain", WIDTH),
  bias: variable("block.bias", WIDTH),
};
const rotary = rotaryTables(WIDTH / HEADS, 64);

/** What transformers are made of, on x [B, T, D]. */
function block(x: Tensor, positions: Tensor): Record<string, Tensor> {
  const [batch, time] = x.shape;
  const heads = rope(x.reshape([batch, time, HEADS, WIDTH / HEADS]), positions, rotary.cos, rotary.sin);
  const mixed = attention(heads, heads, heads, { window: 3 }).reshape([batch, time, WIDTH]);
  const hidden = layerNorm(mixed.add(x), weights.gain, weights.bias, 1e-5).matmul(weights.up);
  const y = rmsNorm(
    silu(hidden)
      .add(gelu(hidden, { approximate: "tanh" }))
      .matmul(weights.down),
    weights.gain,
    1e-6,
  );
  return { y, mean: y.mean({ axes: 1 }), gram: y.matmul(y, { transB: true, alpha: 0.25 }) };
}

const AXES = [
  ["batch", "time", null],
  ["batch", "time"],
] as const;

/** Fails unless a plain session gives what gradlab gives, for several sizes. */
async function assertSame(model: string | Uint8Array, tolerance = 1e-5): Promise<void> {
  const session = await open(model);
  for (const [batch, time] of [
    [1, 1],
    [2, 5],
    [3, 17],
  ]) {
    const x = hostArray(numbers(batch, time, WIDTH), [batch, time, WIDTH]);
    const positions = Int32Array.from({ length: batch * time }, (_, i) => i % time);
    const got = await session.run({
      x: float32(x),
      positions: new ort.Tensor("int32", positions, [batch, time]),
    });
    const want = block(tensor(x.data).reshape(x.shape), ids([[...positions]]).reshape([batch, time]));
    for (const [name, value] of Object.entries(want)) {
      assert.deepEqual(got[name].dims, value.shape, name);
      assert.ok(
        farthest(got[name], (await value.data()) as Float32Array) < tolerance,
        `${name} at ${batch}, ${time}`,
      );
    }
  }
}

const ARGS = [
  tensor(numbers(2, 3, WIDTH)).reshape([2, 3, WIDTH]),
  ids([
    [0, 1, 2],
    [0, 1, 2],
  ]),
] satisfies [Tensor, Tensor];
const options = { inputNames: ["x", "positions"], dynamicAxes: AXES };

for (const contrib of [true, false]) {
  test(`a function runs in a plain session as in gradlab, for every batch and length (contrib: ${contrib})`, async () => {
    const { bytes, inputs, outputs, operators, extensions, opset } = await exportOnnx(block, ARGS, {
      ...options,
      contrib,
    });
    await assertSame(bytes);
    assert.equal(opset, 23);
    assert.deepEqual(inputs, [
      { name: "x", dtype: "float32", shape: ["batch", "time", WIDTH] },
      { name: "positions", dtype: "int32", shape: ["batch", "time"] },
    ]);
    assert.deepEqual(
      outputs.map(({ name }) => name),
      ["y", "mean", "gram"],
    );
    const ours = [
      "SimplifiedLayerNormalization",
      "com.microsoft.FastGelu",
      "com.microsoft.FusedMatMul",
      "com.microsoft.QuickGelu",
      "com.microsoft.RotaryEmbedding",
    ];
    assert.deepEqual(extensions, contrib ? ours : []);
    assert.ok(
      operators.includes("LayerNormalization") && !operators.some((name) => name.startsWith("gradlab")),
    );
    assert.ok(Buffer.from(bytes).includes("block.up") && Buffer.from(bytes).includes("block.gain"));
    assert.equal(Buffer.from(bytes).includes("com.microsoft"), contrib);
  });
}

test("weights in a second file lie beside the model, which does not run without them", async (t) => {
  const folder = await scratch(t);
  const path = join(folder, "block.onnx");
  const { files, bytes } = await exportOnnx(block, ARGS, { ...options, path, externalData: true });
  assert.deepEqual(files, [path, `${path}_data`]);
  assert.deepEqual(readdirSync(folder).sort(), ["block.onnx", "block.onnx_data"]);
  assert.ok(statSync(files[1]).size >= 2 * 4 * WIDTH * 32 && statSync(path).size === bytes.length);
  await assertSame(path);
  await assert.rejects(open(bytes), /external|file/i);
  await refused("E_CONFIG", () => exportOnnx(block, ARGS, { ...options, externalData: true }));
});

test("weights stored as float16 are half as large, and what they were rounded to is computed in float32", async () => {
  const kept = Object.values(weights).map((weight) => [weight, weight.storage!] as const);
  const whole = await exportOnnx(block, ARGS, options);
  const half = await exportOnnx(block, ARGS, { ...options, dtype: "float16" });
  const elements = Object.values(weights).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  assert.ok(whole.bytes.length - half.bytes.length > 2 * elements - 500);
  await assert.rejects(assertSame(half.bytes));
  for (const [weight] of kept)
    weight.load(new HostStorage(castArray(castArray(await weight.array(), "float16"), "float32")));
  await assertSame(half.bytes);
  kept.forEach(([weight, storage]) => weight.load(storage));
});

test("names are given to arguments and results in order, or made from what is returned", async () => {
  const x = tensor([1, 2]);
  const portsOf = async (
    fn: (...args: Tensor[]) => Tensor | Tensor[],
    count: number,
    more = {},
  ): Promise<string[][]> => {
    const { inputs, outputs } = await exportOnnx(fn, new Array<Tensor>(count).fill(x), more);
    return [inputs, outputs].map((ports) => ports.map(({ name }) => name));
  };
  assert.deepEqual(await portsOf((a) => a.exp(), 1), [["input"], ["output"]]);
  assert.deepEqual(await portsOf((a, b) => [a.add(b), a], 2), [
    ["input0", "input1"],
    ["output0", "output1"],
  ]);
  const named = { inputNames: ["t0", "c0"], outputNames: ["t1", "k_ints_0"] };
  assert.deepEqual(await portsOf((a, b) => [a.add(b).sum(), b.slice(0, 1)], 2, named), [
    ["t0", "c0"],
    ["t1", "k_ints_0"],
  ]);
  for (const wrong of [
    { inputNames: ["a"], outputNames: ["a"] },
    { outputNames: ["a", "b"] },
    { inputNames: [""] },
    { inputNames: ["a", "b"] },
  ]) {
    await refused("E_CONFIG", () => exportOnnx((a: Tensor) => a.exp(), [x], wrong));
  }
});

test("names that the writer would choose are left to those who ask for them", async () => {
  const named = { inputNames: ["t0"], outputNames: ["t1"] };
  const { bytes } = await exportOnnx(
    (x: Tensor) => x.exp().add(x).mul(2).slice(0, 1),
    [tensor([1, 2])],
    named,
  );
  const got = await (await open(bytes)).run({ t0: new ort.Tensor("float32", Float32Array.of(1, 2), [2]) });
  assert.ok(Math.abs(Number(got.t1.data[0]) - 2 * (Math.E + 1)) < 1e-5);
});

test("two variables of one name stay apart", async () => {
  const [a, b] = [
    new Variable(hostArray(Float32Array.of(2), [1]), "w"),
    new Variable(hostArray(Float32Array.of(5), [1]), "w"),
  ];
  const { bytes } = await exportOnnx((x: Tensor) => x.mul(a).add(b), [tensor([1])]);
  const got = await (await open(bytes)).run({ input: new ort.Tensor("float32", Float32Array.of(3), [1]) });
  assert.deepEqual([...(got.output.data as Float32Array)], [11]);
});

test("a compiled function, and gradients, are exported too", async () => {
  const cube = compile((x: Tensor) => grad(x.mul(x).mul(x).sum(), [x])[0], { dynamicAxes: [["n"]] });
  const traced = await traceGraph(cube, [tensor([1, 2])]);
  assert.ok(traced.traces);
  const { bytes } = await exportOnnx((x: Tensor) => grad(x.mul(x).mul(x).sum(), [x])[0], [tensor([1, 2])], {
    dynamicAxes: [["n"]],
  });
  const got = await (
    await open(bytes)
  ).run({ input: new ort.Tensor("float32", Float32Array.of(1, 2, 3), [3]) });
  assert.deepEqual([...(got.output.data as Float32Array)], [3, 12, 27]);
});

test("what a file cannot hold is refused by name", async () => {
  const x = tensor([[1, 2]]);
  const total = new Variable(hostArray(Float32Array.of(0, 0), [1, 2]), "total");
  const assigning = await refused("E_CONFIG", () =>
    exportOnnx(
      (y: Tensor) => {
        total.assign(total.add(y));
        return y.exp();
      },
      [x],
    ),
  );
  assert.match(assigning.sentence, /assigns total/);
  await refused("E_ENGINE", () => exportOnnx((y: Tensor) => svd(y).s, [x]));
  const packed = new Variable(
    { dtype: "uint8", shape: [3, 1, 32], data: new Uint8Array(96).fill(130) },
    "packed",
  );
  const scales = new Variable(hostArray(Float32Array.of(1, 2, 3), [3, 1]), "scales");
  const quantized = (y: Tensor): Tensor =>
    quantMatmul(y, packed, scales, { bits: 8, block: 32, accuracyLevel: 0 });
  const row = tensor(new Float32Array(32).fill(1)).reshape([1, 32]);
  const contrib = await refused("E_CONFIG", () => exportOnnx(quantized, [row], { contrib: false }));
  assert.match(contrib.sentence, /com\.microsoft\.MatMulNBits/);
  const { extensions } = await exportOnnx(quantized, [row]);
  assert.deepEqual(extensions, ["com.microsoft.MatMulNBits"]);
  const table = (y: Tensor): Tensor => y.add(tensor(new Float32Array(y.shape[0])));
  await refused("E_SYMBOLIC", () => exportOnnx(table, [tensor([1, 2])], { dynamicAxes: [["n"]] }));
  const two = (y: Tensor): Tensor => (y.shape[0] < 32 ? y.exp() : y.sin());
  await refused("E_SYMBOLIC", () => exportOnnx(two, [tensor([1, 2])], { dynamicAxes: [["n"]] }));
});

const TYPES = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint32: Uint32Array,
  float64: Float64Array,
  bool: Uint8Array,
} as const;

/** Whether the binding passes a sample's types as they are. */
const passes = (op: AnyOp, { inputs, attrs }: OpSample): boolean =>
  [...inputs, ...op.shape(inputs, attrs)].every(({ dtype }) => dtype in TYPES);

/** Ops that only ONNX Runtime's operators compute: a file of the standard's refuses them. */
const CONTRIB_ONLY: ReadonlySet<string> = new Set(["cachedAttention", "quantMatmul"]);

for (const op of Object.values(OPS) as AnyOp[]) {
  const samples = op.samples().filter((sample) => passes(op, sample));
  if (op.traits.includes("host") || samples.length === 0) continue;
  test(`${op.name} is exported as defined, with the standard's operators alone`, async () => {
    for (const sample of samples) {
      const seeded = new Random(7);
      const inputs = sample.inputs.map((input) => leafOf(input, sampleValues(input, seeded)));
      const run = (): Promise<{ readonly bytes: Uint8Array }> =>
        exportOnnx((...given: Tensor[]) => [...applyAll(op, given, sample.attrs)], inputs, {
          contrib: false,
          inputNames: inputs.map((_, i) => `in${i}`),
          outputNames: op.shape(sample.inputs, sample.attrs).map((_, i) => `out${i}`),
        });
      if (CONTRIB_ONLY.has(op.name)) {
        await refused("E_CONFIG", run);
        continue;
      }
      const session = await open((await run()).bytes);
      const arrays = await Promise.all(inputs.map((input) => input.array()));
      const feeds = arrays.map(({ data, dtype, shape }, i) => [
        `in${i}`,
        new ort.Tensor(dtype as "float32", data as Float32Array, shape),
      ]);
      const got = await session.run(Object.fromEntries(feeds) as Record<string, ort.Tensor>);
      const outputs = op.shape(sample.inputs, sample.attrs);
      const given = arrays.map((array) => ({ ...array, data: toNumbers(array) }));
      const defined = op
        .reference(given, sample.attrs, outputs)
        .map((values, i) => toNumbers(fromNumbers(values, outputs[i].shape, outputs[i].dtype)));
      defined.forEach((values, output) =>
        values.forEach((value, i) => {
          const result = Number(got[`out${output}`].data[i]);
          const near = Math.abs(result - value) <= 2e-5 * Math.max(1, Math.abs(value));
          assert.ok(
            near || Object.is(result, value),
            `output ${output}[${i}]: ${result}, defined as ${value}`,
          );
        }),
      );
    }
  });
}
