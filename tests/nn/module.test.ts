import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  Embedding,
  fromNumbers,
  Linear,
  Module,
  mul,
  Scope,
  Sequential,
  silu,
  tensor,
  TransformerBlock,
  Variable,
  zeros,
  zerosArray,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const linear = (name: string, from: number, to: number): Linear =>
  new Linear(new Scope(name, 1), { from, to });

class Net extends Module {
  readonly table = new Embedding(new Scope("table", 1), { rows: 5, width: 4 });
  readonly layers = [linear("layers.0", 4, 4), linear("layers.1", 4, 3)];
  readonly tied: Embedding = this.table;
  readonly scale = new Variable(fromNumbers([2], []), "scale");
  readonly constant = zeros([3]);

  forward(x: Tensor): Tensor {
    return mul(
      this.layers.reduce((h, layer) => layer.forward(h), x),
      this.scale,
    );
  }
}

test("parameters and parts are found by path, tied ones once, plain tensors not at all", () => {
  const net = new Net();
  assert.deepEqual(
    [...net.namedParameters().keys()],
    ["scale", "table.weight", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"],
  );
  assert.deepEqual([...net.modules().keys()], ["", "table", "layers.0", "layers.1"]);
  assert.equal(net.paramCount, 1 + 20 + 20 + 15);
});

test("freeze and unfreeze choose by beginning or pattern", async () => {
  const net = new Net();
  net.freeze().unfreeze("layers.1").freeze(/bias$/);
  assert.deepEqual(
    net.parameters({ trainable: true }).map(({ name }) => name),
    ["layers.1.weight"],
  );
  const error = await refused("E_CONFIG", () => net.freeze("layer.1"));
  assert.match(error.hint, /scale/);
});

test("a state dict goes round, as copies on both sides", async () => {
  const [from, to] = [new Net(), new Net()];
  from.scale.assign(tensor([3]).sum());
  const state = await from.stateDict();
  assert.deepEqual(to.loadStateDict(state), { missing: [], unexpected: [] });
  assert.deepEqual(await to.stateDict(), state);
  (state.get("scale")!.data as Float32Array)[0] = 9;
  assert.equal(await to.scale.item(), 3);
});

test("a state of another network is refused with every difference, and nothing changes", async () => {
  const net = new Net();
  const before = await net.stateDict();
  const other = new Map(before);
  other.delete("scale");
  other.set("extra.weight", zerosArray([1]));
  other.set("layers.1.weight", zerosArray([3, 7]));
  other.set("layers.0.bias", zerosArray([4]));
  const error = await refused("E_WEIGHT_MISMATCH", () => net.loadStateDict(other));
  for (const part of [
    "missing: scale",
    "unexpected: extra.weight",
    "layers.1.weight is [3, 4], saved as [3, 7]",
  ])
    assert.ok(error.sentence.includes(part), error.sentence);
  assert.deepEqual(await net.stateDict(), before);
  other.set("layers.1.weight", before.get("layers.1.weight")!);
  assert.deepEqual(net.loadStateDict(other, { strict: false }), {
    missing: ["scale"],
    unexpected: ["extra.weight"],
  });
  assert.deepEqual([...(await net.stateDict()).get("layers.0.bias")!.data], [0, 0, 0, 0]);
});

test("half-precision values are loaded into float32 parameters", async () => {
  const layer = linear("l", 2, 1);
  layer.loadStateDict({
    weight: fromNumbers([0.5, -2], [1, 2], "bfloat16"),
    bias: fromNumbers([1], [1], "float16"),
  });
  assert.deepEqual([...(await layer.weight.data())], [0.5, -2]);
});

test("modes reach every part", () => {
  const net = new Net();
  assert.ok(net.training && net.layers[1].training);
  net.eval();
  assert.ok(!net.training && !net.layers[1].training && !net.table.training);
  net.layers[0].train();
  assert.ok(net.layers[0].training && !net.training);
});

test("replace puts a module in the place of a part, in arrays too", async () => {
  class Twice extends Module {
    constructor(readonly inner: Linear) {
      super();
    }
    forward(x: Tensor): Tensor {
      return mul(this.inner.forward(x), 2);
    }
  }
  const net = new Net();
  const x = tensor([[1, 2, 3, 4]]);
  const before = await net.forward(x).data();
  net.replace("layers.1", (part) => new Twice(part as Linear));
  (await net.forward(x).data()).forEach((y, i) =>
    assert.ok(Math.abs(Number(y) - 2 * Number(before[i])) < 1e-5),
  );
  assert.ok(net.namedParameters().has("layers.1.inner.weight"));
  const error = await refused("E_CONFIG", () => net.replace("layers.2", (part) => part));
  assert.match(error.hint, /layers\.1/);
});

test("a low-rank delta and a hook change a linear layer inside any module, and its parameters are listed", async () => {
  const block = new TransformerBlock(new Scope("", 1), { width: 8, heads: 2 });
  const x = tensor(
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    { shape: [1, 3, 8] },
  );
  const before = await block.forward(x).data();
  const { up } = block.feedForward as unknown as { up: Linear };
  const ones = (shape: number[]): Variable =>
    new Variable(fromNumbers(new Float32Array(shape[0] * shape[1]).fill(1), shape), "d");
  up.delta = { a: ones([2, 8]), b: ones([32, 2]), scale: 0.5 };
  assert.ok(block.namedParameters().has("feedForward.up.lora_A"));
  assert.notDeepEqual(await block.forward(x).data(), before);
  up.delta = undefined;
  assert.deepEqual(await block.forward(x).data(), before);
  up.hook = (y) => add(y, 1);
  assert.notDeepEqual(await block.forward(x).data(), before);
});

test("describe lists names, shapes, counts and what trains, and shows itself", () => {
  const net = new Net().freeze("table");
  const summary = net.describe();
  assert.equal(summary.count, 56);
  assert.equal(summary.trainable, 36);
  assert.equal(summary.bytes, 224);
  assert.match(String(summary), /^Net\nname +shape +parameters +trains\n/);
  assert.match(String(summary), /table\.weight +\[5, 4\] +20 +no\n/);
  assert.match(String(summary), /56 parameters, 36 of them train/);
  const shown = (net as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("gradlab.display")
  ]();
  assert.equal(shown["text/plain"], String(summary));
  assert.match(shown["text/markdown"], /\| table\.weight \| \[5, 4\] \| 20 \| no \|/);
});

test("Sequential runs layers and functions in order", async () => {
  const [a, b] = [linear("a", 2, 3), linear("b", 3, 1)];
  const net = new Sequential([a, silu, b]);
  const x = tensor([[1, -1]]);
  assert.deepEqual(await net.forward(x).data(), await b.forward(silu(a.forward(x))).data());
  assert.deepEqual([...net.namedParameters().keys()][2], "layers.2.weight");
});
