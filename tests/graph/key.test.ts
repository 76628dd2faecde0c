import assert from "node:assert/strict";
import { test } from "node:test";
import {
  capture,
  compile,
  full,
  fromArray,
  OnnxEngine,
  placeholder,
  ReferenceEngine,
  runtime,
  Runtime,
  tensor,
  useEngine,
  zeros,
  type Engine,
  type Graph,
  type Program,
  type Tensor,
} from "gradlab";
import { filled, row } from "./values.js";

const keyOf = (tensor: Tensor): string => capture([tensor]).key;

test("equal structures have equal keys, whatever the values and the nodes", () => {
  const build = (values: number[]): Tensor => tensor(values).mul(2).exp().sum();
  assert.equal(keyOf(build([1, 2, 3])), keyOf(build([4, 5, 6])));
});

const A = tensor([
  [1, 2],
  [3, 4],
]);
const B = tensor([
  [5, 6],
  [7, 8],
]);

const DIFFERENT: Readonly<Record<string, readonly [Tensor, Tensor]>> = {
  "an op": [A.exp(), A.sin()],
  "a shape": [A.exp(), tensor([1, 2]).exp()],
  "a dtype": [A.abs(), A.cast("float64").abs()],
  "an attribute": [A.sum({ axes: 0 }), A.sum({ axes: 1 })],
  "a constant": [A.mul(2), A.mul(3)],
  "a constant's sign of zero": [A.maximum(0), A.maximum(-0)],
  "operand order": [A.exp().sub(A.sin()), A.sin().sub(A.exp())],
  "one input twice or two inputs": [A.mul(A), A.mul(B)],
  wiring: [A.add(B).mul(A), A.add(B).mul(B)],
};

for (const [what, [left, right]] of Object.entries(DIFFERENT)) {
  test(`graphs that differ in ${what} have different keys`, () => {
    assert.notEqual(keyOf(left), keyOf(right));
  });
}

test("outputs, their order, donations, symbols and constants are part of the key", () => {
  const [y, z] = [A.exp(), A.sin()];
  const x = placeholder([7, 2]);
  const keys = [
    capture([y, z]).key,
    capture([z, y]).key,
    capture([y]).key,
    capture([y], { overwrites: [A] }).key,
    capture([y], { constants: [A] }).key,
    capture([x.exp()], { inputs: [x] }).key,
    capture([x.exp()], { inputs: [x], symbols: { batch: 7 } }).key,
  ];
  assert.equal(new Set(keys).size, keys.length);
});

/** An engine that tells what it compiled. */
function counting(): { engine: Engine; compiled: Graph[] } {
  const compiled: Graph[] = [];
  const inner = new ReferenceEngine();
  const engine: Engine = {
    name: "counting",
    device: "cpu",
    compile: (graph): Promise<Program> => {
      compiled.push(graph);
      return inner.compile(graph);
    },
    upload: (array) => inner.upload(array),
    download: (storage) => inner.download(storage),
    memory: () => inner.memory(),
  };
  return { engine, compiled };
}

test("a plainly written loop compiles once", async (t) => {
  const { engine, compiled } = counting();
  useEngine(engine);
  t.after(() => useEngine(new OnnxEngine()));
  for (let i = 0; i < 5; i++) {
    const y = row(4096, () => i)
      .mul(2)
      .add(1);
    assert.equal((await y.data())[7], 2 * i + 1);
  }
  assert.equal(compiled.length, 1);
});

test("a failed compilation is not remembered", async () => {
  const { engine } = counting();
  let calls = 0;
  const failing: Engine = {
    ...engine,
    compile: (graph) => (calls++ === 0 ? Promise.reject(new Error("full")) : engine.compile(graph)),
  };
  const runtime = new Runtime(failing);
  const graph = capture([row(4096, (i) => i).exp()]);
  await assert.rejects(runtime.program(graph), /full/);
  await runtime.program(graph);
  assert.equal(calls, 2);
});

test("kept programs hold no values of their first run", async () => {
  const { engine, compiled } = counting();
  const x = row(4096, (i) => i);
  const y = x.exp().sum();
  const runtime = new Runtime(engine);
  await runtime.evaluate([y]);
  assert.ok(y.storage && x.storage);
  const nodes = [...compiled[0].nodes, ...compiled[0].inputs.map((input) => input.node)];
  assert.deepEqual(
    nodes.flatMap((node) => node.values.filter((value) => value !== undefined)),
    [],
  );
  assert.equal(
    compiled[0].key,
    capture([
      row(4096, () => 0)
        .exp()
        .sum(),
    ]).key,
  );
});

test("a compiled function is traced once for each signature", async () => {
  let traces = 0;
  const double = compile((x: Tensor) => {
    traces++;
    return x.mul(2);
  });
  assert.deepEqual(await (await double(tensor([1, 2]))).data(), Float32Array.of(2, 4));
  assert.deepEqual(await (await double(tensor([3, 4]))).data(), Float32Array.of(6, 8));
  assert.equal(traces, 1);
  assert.deepEqual(await (await double(tensor([5]))).data(), Float32Array.of(10));
  assert.deepEqual((await double(zeros([2, 2]))).shape, [2, 2]);
  assert.equal(traces, 3);
  await double(full([1], 1, "float64"));
  assert.equal(traces, 4);
});

test("a compiled function gives back the form it was given", async () => {
  const x = fromArray(filled(3, (i) => i));
  const list = await compile((a: Tensor) => [a.add(1), a.mul(2)] as const)(x);
  assert.deepEqual(await Promise.all(list.map((y) => y.data())), [
    Float32Array.of(1, 2, 3),
    Float32Array.of(0, 2, 4),
  ]);
  const named = await compile((a: Tensor) => ({ plus: a.add(1), same: a }))(x);
  assert.deepEqual(await named.same.data(), Float32Array.of(0, 1, 2));
  assert.equal(runtime().engine.name, "onnx");
});
