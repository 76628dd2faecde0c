import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  capture,
  compile,
  evaluate,
  expand,
  fromArray,
  fromStorage,
  gather,
  hostArray,
  HostStorage,
  matmul,
  OnnxEngine,
  placeholder,
  ReferenceEngine,
  tensor,
  useEngine,
  Variable,
  WebGpuEngine,
  zerosArray,
  type DType,
  type Engine,
  type Storage,
} from "gradlab";
import { filled } from "../../graph/values.js";
import { refused } from "../../refused.js";
import { DRIVER, NEEDS_ADAPTER } from "./adapter.js";

const gpu = new WebGpuEngine({ driver: DRIVER });
after(() => useEngine(new OnnxEngine()));

const N = 4096;
const matrix = (rows: number, columns: number, f: (i: number) => number) =>
  hostArray(
    Float32Array.from({ length: rows * columns }, (_, i) => f(i)),
    [rows, columns],
  );
const ramp = () => filled(N, (i) => i % 7);

for (const dtype of [
  "float32",
  "int32",
  "uint32",
  "int64",
  "uint8",
  "bool",
  "float16",
  "int8",
  "float64",
] as const) {
  test(`${dtype} values come back from the GPU as they went`, NEEDS_ADAPTER, async () => {
    const source = new Variable(zerosArray([2, 3], dtype), dtype);
    const array = await source.array();
    array.data.fill((dtype === "int64" ? 1n : 1) as never);
    const storage = await gpu.upload(array);
    const resident: readonly DType[] = ["int8", "float64"];
    assert.equal(storage.device, resident.includes(dtype) ? "cpu" : "webgpu");
    assert.deepEqual(await gpu.download(storage), array);
  });
}

for (const cpu of [
  new OnnxEngine({ via: "c-api" }),
  new OnnxEngine({ via: "binding" }),
  new ReferenceEngine(),
]) {
  const via = cpu instanceof OnnxEngine ? cpu.options.via : "loops";
  test(`a value of the GPU fed to the CPU (${via}) is copied, not misread`, NEEDS_ADAPTER, async () => {
    const x = fromStorage(await gpu.upload(ramp()));
    assert.equal(x.storage!.device, "webgpu");
    const graph = capture([x.mul(2).sum()], { inputs: [x] });
    const [sum] = await (await cpu.compile(graph)).run([x.storage!]);
    const want = 2 * [...ramp().data].reduce<number>((total, value) => total + Number(value), 0);
    assert.equal((await sum.read()).data[0], want);
  });
}

test("engines change under a compiled function and its variables", NEEDS_ADAPTER, async () => {
  const weights = new Variable(ramp(), "weights");
  const start = Number((await weights.data())[5]);
  const step = compile(() => {
    weights.assign(weights.add(1));
    return weights.sum();
  });
  const engines: readonly Engine[] = [new OnnxEngine(), gpu, new OnnxEngine(), gpu];
  const places: string[] = [];
  for (const engine of engines) {
    useEngine(engine);
    await step();
    places.push(weights.storage!.device);
  }
  assert.deepEqual(places, ["cpu", "webgpu", "cpu", "webgpu"]);
  assert.equal((await weights.data())[5], start + 4);
});

test("a donated host array is written back", NEEDS_ADAPTER, async () => {
  const [x, y] = [placeholder([N]), placeholder([N])];
  const graph = capture([x.add(y)], { inputs: [x, y], overwrites: [x] });
  const program = await gpu.compile(graph);
  const target = new HostStorage(ramp());
  const [result] = await program.run([target, new HostStorage(ramp())]);
  assert.equal(result, target);
  assert.deepEqual([...target.array.data].slice(0, 8), [0, 2, 4, 6, 8, 10, 12, 0]);
});

test("constants of a program may lie on the GPU", NEEDS_ADAPTER, async () => {
  useEngine(gpu);
  const weights = new Variable(
    matrix(64, 64, (i) => i / N),
    "weights",
  );
  weights.load(await gpu.upload(await weights.array()));
  const product = compile((x: ReturnType<typeof tensor>) => matmul(x, weights), { constants: [weights] });
  const x = fromArray(matrix(1, 64, () => 1));
  const [got] = await (await product(x)).data();
  assert.ok(Math.abs(Number(got) - (64 * 63 * 64) / 2 / N) < 1e-3);
});

test("values that were disposed of are refused", NEEDS_ADAPTER, async () => {
  useEngine(gpu);
  const storage = (await gpu.upload(ramp())) as Storage & { dispose(): void };
  const before = gpu.memory().liveBytes;
  storage.dispose();
  storage.dispose();
  assert.equal(before - gpu.memory().liveBytes, 4 * N);
  await refused("E_ENGINE", () => storage.read());
  await refused("E_ENGINE", () => fromStorage(storage).mul(2).data());
});

test("indices outside the table are refused as on the CPU", NEEDS_ADAPTER, async () => {
  useEngine(gpu);
  const table = new Variable(
    matrix(256, 16, (i) => i),
    "table",
  );
  const read = (index: number) => gather(table, fromArray(hostArray(Int32Array.of(0, index), [2]))).data();
  assert.equal((await read(255))[16], 255 * 16);
  for (const index of [256, -1]) {
    assert.match(
      (await refused("E_INDEX", () => read(index))).message,
      new RegExp(`Index ${index} is outside 0 … 255`),
    );
  }
});

test("a tensor too large for the GPU is refused, and the next one computed", NEEDS_ADAPTER, async (t) => {
  // A GPU of tens of gigabytes would simply do it.
  if (DRIVER !== "software") return t.skip("only the software adapter is known to be this small");
  useEngine(gpu);
  const large = async (elements: number): Promise<number> => {
    const x = expand(tensor([1]), [elements]).mul(2);
    await evaluate([x]);
    return Number((await x.sum().data())[0]);
  };
  const error = await refused("E_DEVICE", () => large(2 ** 28 + 2 ** 20));
  assert.match(error.message, /smaller batch.*useDevice\("cpu"\)/);
  assert.equal(await large(N), 2 * N);
});

test("results that nobody holds are collected before they fill the device", NEEDS_ADAPTER, async () => {
  useEngine(gpu);
  const weights = new Variable(zerosArray([2 ** 22]), "weights");
  let most = 0;
  for (let i = 0; i < 60; i++) {
    await evaluate([weights.add(1)]);
    most = Math.max(most, gpu.memory().liveBytes);
  }
  // Sixty results have 960 MiB.
  assert.ok(most < 400 * 2 ** 20, `${most} bytes alive at once`);
});
