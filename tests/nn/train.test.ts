import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  add,
  castArray,
  compile,
  crossEntropy,
  Embedding,
  grad,
  GradScaler,
  KeyValueCache,
  LayerNorm,
  MasterWeights,
  Module,
  MoE,
  mul,
  Random,
  reshape,
  Scope,
  slice,
  tensor,
  TransformerBlock,
  type Tensor,
  type TransformerBlockOptions,
} from "gradlab";

const [VOCAB, TIME, BATCH] = [12, 10, 24];

class Transformer extends Module {
  readonly embed: Embedding;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm;

  constructor(scope: Scope, options: Omit<TransformerBlockOptions, "width" | "heads">) {
    super();
    this.embed = new Embedding(scope.at("embed"), { rows: VOCAB, width: 32 });
    const shape = { width: 32, heads: 4, hidden: 64, rotary: { positions: 16 }, ...options };
    this.blocks = scope.list("blocks", 2, (place) => new TransformerBlock(place, shape));
    this.norm = new LayerNorm(scope.at("norm"), { width: 32 });
  }

  forward(ids: Tensor): Tensor {
    const h = this.blocks.reduce((x, block) => block.forward(x), this.embed.lookup(ids));
    return this.embed.logits(this.norm.forward(h));
  }
}

/** Rows of random tokens; what is to be said at each place is the token two before it. */
function batchOf(seed: number): [ids: Tensor, targets: Tensor] {
  const random = new Random(seed);
  const ids = Int32Array.from({ length: BATCH * TIME }, () => random.integer(VOCAB));
  const targets = ids.map((_, i) => (i % TIME < 2 ? 0 : ids[i - 2]));
  return [tensor(ids, { shape: [BATCH, TIME] }), tensor(targets, { shape: [BATCH, TIME] })];
}

type Lossy = (ids: Tensor, targets: Tensor) => Promise<Tensor>;

/** Compiles the task's loss with what is to be done about its gradients. */
const trainer = (model: Transformer, update: (loss: Tensor) => void): Lossy =>
  compile((ids: Tensor, targets: Tensor) => {
    const seen = slice(model.forward(ids), 2, TIME, 1);
    const loss = crossEntropy(reshape(seen, [-1, VOCAB]), reshape(slice(targets, 2, TIME, 1), [-1]));
    update(loss);
    return loss;
  });

async function lossesOf(step: Lossy, optimizer: AdamW): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < 120; i++) {
    optimizer.advance();
    losses.push(await (await step(...batchOf(i))).item());
  }
  return losses;
}

for (const options of [{}, { norm: "rms", feedForward: "swiglu", groups: 2 }] as const) {
  test(`a two-layer transformer of modules learns to look two tokens back: ${JSON.stringify(options)}`, async () => {
    const model = new Transformer(new Scope("", 5), options);
    const parameters = model.parameters({ trainable: true });
    const optimizer = new AdamW(parameters, { learningRate: 1e-2 });
    const losses = await lossesOf(
      trainer(model, (loss) => optimizer.assign(grad(loss, parameters))),
      optimizer,
    );
    assert.ok(Math.abs(losses[0] - Math.log(VOCAB)) < 0.3, `${losses[0]}`);
    assert.ok(losses.at(-1)! < 0.1, `${losses[0]} → ${losses.at(-1)}`);
  });
}

for (const dtype of ["bfloat16", "float16"] as const) {
  test(`weights stored as ${dtype} learn the same through float32 masters, with scaled losses`, async () => {
    const model = await new Transformer(new Scope("", 5), {}).store(dtype);
    const whole = model.parameters().filter((p) => p.dtype === "float32");
    const weights = new MasterWeights(model.parameters().filter((p) => p.dtype === dtype));
    const optimizer = new AdamW([...weights.masters, ...whole], { learningRate: 1e-2 });
    const scaler = new GradScaler({ initialScale: 1024 });
    const step = trainer(model, (loss) => {
      const value = scaler.scaleLoss(loss);
      scaler.assign(optimizer, [...weights.gradients(value), ...grad(value, whole)], { clipNorm: 1 });
      weights.assign();
    });
    const losses = await lossesOf(step, optimizer);
    assert.ok(losses.at(-1)! < 0.1, `${losses[0]} → ${losses.at(-1)}`);
    const { working, masters } = weights.memory();
    assert.equal(masters, 2 * working);
    for (const [i, weight] of weights.working.entries())
      assert.deepEqual(castArray(await weights.masters[i].array(), dtype), await weight.array());
  });
}

/** Trains a mixture whose router starts by sending everything to expert 0. @returns losses and the mean load at the end */
async function trainMixture(balance: number) {
  const moe = new MoE(new Scope("", 2), { width: 8, hidden: 16, experts: 4, topK: 1 });
  const bias = await moe.router.weight.data();
  (bias as Float32Array)[0] = 2;
  moe.router.weight.assign(tensor(bias, { shape: [4, 8] }));
  const parameters = moe.parameters();
  const optimizer = new AdamW(parameters, { learningRate: 1e-2, weightDecay: 0 });
  const run = compile((x: Tensor, y: Tensor) => {
    const { y: got, balanceLoss, load } = moe.apply(x);
    const error = add(got, mul(y, -1));
    const loss = mul(error, error).mean();
    optimizer.assign(grad(add(loss, mul(balanceLoss, balance)), parameters));
    return { loss, load };
  });
  const losses: number[] = [];
  const load = [0, 0, 0, 0];
  for (let i = 0; i < 150; i++) {
    const random = new Random(i);
    // The first channel is always 1, so that the router can prefer an expert for everything.
    const rows = Array.from({ length: 128 }, () => [1, ...Array.from({ length: 7 }, () => random.normal())]);
    const wanted = rows.map((row) => row.map((v) => (row[1] > 0 ? v : -v)));
    optimizer.advance();
    const out = await run(tensor(rows), tensor(wanted));
    losses.push(await out.loss.item());
    if (i >= 130) (await out.load.data()).forEach((share, e) => (load[e] += Number(share) / 20));
  }
  return { losses, load };
}

test("the balance loss spreads tokens over experts that a router would leave idle, and the task is learned", async () => {
  const [free, balanced] = [await trainMixture(0), await trainMixture(0.2)];
  assert.ok(Math.max(...free.load) > 0.6, `without it: ${free.load.join(", ")}`);
  assert.ok(Math.max(...balanced.load) < 0.45 && Math.min(...balanced.load) > 0.1, balanced.load.join(", "));
  const { losses } = balanced;
  assert.ok(losses.at(-1)! < 0.5 * losses[0], `${losses[0]} → ${losses.at(-1)}`);
});

test("experts without room for all drop the smallest weights, and count them", async () => {
  const make = (capacityFactor: number): MoE => {
    const moe = new MoE(new Scope("", 2), { width: 4, hidden: 8, experts: 2, topK: 1, capacityFactor });
    // Channel 0 alone decides: all tokens go to expert 0, surer the larger it is.
    moe.router.weight.assign(
      tensor([
        [1, 0, 0, 0],
        [-1, 0, 0, 0],
      ]),
    );
    return moe;
  };
  const x = tensor([
    [1, 1, 0, 0],
    [3, 1, 0, 0],
    [2, 1, 0, 0],
    [4, 1, 0, 0],
  ]);
  const [full, half] = [make(2).apply(x), make(1).apply(x)];
  assert.equal(await full.dropped.item(), 0);
  assert.equal(await half.dropped.item(), 0.5);
  const [all, kept] = [await full.y.data(), await half.y.data()];
  for (const [row, stays] of [false, true, false, true].entries()) {
    const part = [...kept.subarray(4 * row, 4 * row + 4)].map(Number);
    if (stays) part.forEach((value, i) => assert.ok(Math.abs(value - Number(all[4 * row + i])) < 1e-6));
    else assert.deepEqual(part, [0, 0, 0, 0]);
  }
});

interface Decoding {
  readonly batch: number;
  /** New positions of each call. */
  readonly chunks: readonly number[];
  readonly groups?: number;
  readonly rotary?: { readonly positions: number };
}

const DECODINGS: readonly Decoding[] = [
  { batch: 2, chunks: [4, 1, 1, 1] },
  { batch: 1, chunks: [3, 1, 2, 1], groups: 1, rotary: { positions: 16 } },
];

for (const { batch, chunks, ...options } of DECODINGS) {
  test(`decoding ${batch} rows by ${chunks.join(", ")} from a cache equals reading whole sequences`, async () => {
    const block = new TransformerBlock(new Scope("", 4), { width: 32, heads: 4, ...options });
    const { groups, headWidth } = block.attention;
    const cache = new KeyValueCache({ batch, groups, capacity: 16, headWidth });
    const values = Float32Array.from({ length: batch * 7 * 32 }, (_, i) => Math.sin(i * 1.7));
    const x = tensor(values, { shape: [batch, 7, 32] });
    const whole = block.forward(x);
    const decode = compile((part: Tensor) => block.decode(part, cache));
    for (const again of [false, true]) {
      if (again) cache.reset();
      let from = 0;
      for (const count of chunks) {
        const y = await (await decode(slice(x, from, from + count, 1))).data();
        const want = await slice(whole, from, from + count, 1).data();
        want.forEach((value, i) =>
          assert.ok(Math.abs(Number(y[i]) - Number(value)) < 1e-5, `position ${from}`),
        );
        from += count;
      }
    }
    assert.ok((await cache.past.data()).every((past) => past === 7));
  });
}
