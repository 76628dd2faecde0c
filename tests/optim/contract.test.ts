import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile,
  globalNorm,
  grad,
  matmul,
  OnnxEngine,
  OnnxModel,
  Random,
  tensor,
  useEngine,
  Variable,
  writeOnnx,
  type Graph,
  type Optimizer,
  type Tensor,
} from "gradlab";
import { filled } from "../graph/values.js";
import { refused } from "../refused.js";
import { documented, OPTIMIZERS, type MakeOptimizer } from "./make.js";

const WIDTH = 48;

const matrix = (name: string, seed: number): Variable => {
  const random = new Random(seed);
  const { data } = filled(WIDTH * WIDTH, () => random.normal() / 8);
  return new Variable({ dtype: "float32", shape: [WIDTH, WIDTH], data }, name);
};

interface Trainer {
  readonly parameters: readonly Variable[];
  readonly optimizer: Optimizer;
  readonly step: (seed: number) => Promise<number>;
}

/** Two matrices and a bias learn to undo a product: every kind of parameter is read by forward and backward. */
function trainer(make: MakeOptimizer): Trainer {
  const parameters = [
    matrix("w", 1),
    matrix("v", 2),
    new Variable(
      filled(WIDTH, () => 0.1),
      "bias",
    ),
  ];
  const [w, v, bias] = parameters;
  const optimizer = make(parameters, { learningRate: 1e-3 });
  const run = compile((x: Tensor) => {
    const y = matmul(matmul(x, w).tanh(), v).add(bias);
    const loss = y.sub(x).mul(y.sub(x)).mean();
    const gradients = grad(loss, parameters);
    const { scale } = globalNorm(gradients, 0.5);
    optimizer.assign(gradients, scale);
    return loss;
  });
  const step = async (seed: number): Promise<number> => {
    const random = new Random(seed);
    optimizer.advance();
    return (await run(tensor(filled(64 * WIDTH, () => random.normal()).data, { shape: [64, WIDTH] }))).item();
  };
  return { parameters, optimizer, step };
}

const values = (parameters: readonly Variable[]) => Promise.all(parameters.map((p) => p.data()));

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${name} lowers the loss of a compiled step`, async () => {
    const { step } = trainer((p) => make(p, { learningRate: name.startsWith("sgd") ? 0.5 : 3e-3 }));
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) losses.push(await step(i % 8));
    const mean = (from: number): number => losses.slice(from, from + 8).reduce((sum, x) => sum + x, 0) / 8;
    assert.ok(mean(52) < 0.8 * mean(0), `${mean(0)} → ${mean(52)}`);
  });

  test(`${name} in place equals ${name} out of place, bit by bit`, async () => {
    const results = [];
    try {
      for (const via of ["c-api", "binding"] as const) {
        useEngine(new OnnxEngine({ via, threads: 1 }));
        const { parameters, optimizer, step } = trainer(make);
        const losses = [];
        for (let i = 0; i < 6; i++) losses.push(await step(i));
        const { moments } = await optimizer.state();
        results.push({ losses, weights: await values(parameters), moments: [...moments] });
      }
    } finally {
      useEngine(new OnnxEngine());
    }
    assert.deepEqual(results[0], results[1]);
  });

  test(`a restored ${name} continues bit by bit`, async () => {
    const whole = trainer(make);
    for (let i = 0; i < 6; i++) await whole.step(i);
    const first = trainer(make);
    for (let i = 0; i < 3; i++) await first.step(i);
    const state = await first.optimizer.state();
    const resumed = trainer(make);
    for (const [i, p] of resumed.parameters.entries())
      p.assign(tensor(await first.parameters[i].data(), { shape: p.shape }));
    resumed.optimizer.restore(state);
    // The first run goes on; what was saved must not change with it.
    await first.step(9);
    for (let i = 3; i < 6; i++) await resumed.step(i);
    assert.deepEqual(await values(resumed.parameters), await values(whole.parameters));
    assert.equal(resumed.optimizer.step, 6);
  });

  test(`${name} refuses the state of another optimizer, and changes nothing`, async () => {
    const { optimizer, step } = trainer(make);
    await step(1);
    const { moments } = await optimizer.state();
    if (moments.size === 0) return;
    await refused("E_CHECKPOINT_MISMATCH", async () => optimizer.restore({ step: 7, moments: new Map() }));
    assert.equal(optimizer.step, 1);
    assert.deepEqual(await optimizer.state(), { step: 1, moments });
  });
}

/** The graphs that are compiled, with the ONNX nodes each took. */
class Watching extends OnnxEngine {
  readonly seen: { graph: Graph; nodes: number; inPlace: readonly (number | undefined)[] }[] = [];

  override compile(graph: Graph): ReturnType<OnnxEngine["compile"]> {
    const node = Reflect.get<OnnxModel, "node">(OnnxModel.prototype, "node");
    let nodes = 0;
    OnnxModel.prototype.node = function (...args) {
      nodes++;
      return node.apply(this, args);
    };
    try {
      const { inPlace } = writeOnnx(graph);
      this.seen.push({ graph, nodes, inPlace });
    } finally {
      OnnxModel.prototype.node = node;
    }
    return super.compile(graph);
  }
}

async function watch(run: () => Promise<unknown>): Promise<Watching["seen"]> {
  const engine = new Watching();
  useEngine(engine);
  try {
    await run();
  } finally {
    useEngine(new OnnxEngine());
  }
  return engine.seen;
}

/** ONNX nodes of updating one matrix that decays, with clipping. */
const NODES: Readonly<Record<string, number>> = {
  sgd: 5,
  "sgd with momentum": 9,
  adam: 13,
  adamw: 12,
  adamw8bit: 60,
  lion: 10,
  adafactor: 40,
  muon: 49,
  rmsprop: 12,
  adagrad: 10,
};

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${name} updates a matrix in ${NODES[name]} ONNX nodes`, async () => {
    const seen = await watch(async () => {
      const w = matrix("w", 1);
      const optimizer = make([w], { weightDecay: 0.1, learningRate: 1e-3 });
      optimizer.advance();
      await compile((g: Tensor, scale: Tensor) => {
        optimizer.assign([g], scale);
        return [];
      })(tensor(new Float32Array(WIDTH * WIDTH), { shape: [WIDTH, WIDTH] }), tensor([1]).reshape([]));
    });
    assert.equal(seen.at(-1)!.nodes, NODES[name]);
  });

  test(`${name} writes every parameter and all its state in place`, async () => {
    const seen = await watch(() => trainer(make).step(1));
    const { graph, inPlace } = seen.find(({ graph: { donations } }) => donations.length > 1)!;
    const donated = graph.donations.filter((input) => input !== undefined);
    assert.ok(donated.length >= 3);
    assert.deepEqual(
      inPlace.filter((input) => input !== undefined),
      donated,
    );
  });
}

test("docs/training.md states the nodes that the updates take", () => {
  const wanted: Record<string, number> = { ...NODES, sgd: NODES["sgd with momentum"] };
  for (const [name, { nodes }] of documented()) assert.equal(nodes, wanted[name], name);
});
