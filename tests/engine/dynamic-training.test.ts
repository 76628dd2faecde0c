import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  checkpoint,
  compile,
  createModel,
  globalNorm,
  grad,
  matmul,
  mul,
  OnnxEngine,
  reshape,
  sum,
  useEngine,
  Variable,
  type LanguageModel,
  type Tensor,
} from "gradlab";
import { tokens, values } from "./dynamic-values.js";

const CONFIGS: Readonly<Record<string, Record<string, unknown>>> = {
  gpt2: {
    model_type: "gpt2",
    vocab_size: 61,
    n_embd: 32,
    n_layer: 2,
    n_head: 4,
    n_positions: 64,
    n_inner: 48,
  },
  llama: {
    model_type: "llama",
    vocab_size: 61,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
  },
};
const AXES = ["batch", "time"];
const DYNAMIC = { dynamicAxes: [AXES, AXES, AXES], maxSizes: { time: 64 } };

interface Trained {
  readonly losses: readonly number[];
  readonly parameters: readonly ArrayLike<number>[];
  readonly programs: number;
}

/** Trains a fresh model with clipping and AdamW, one step for each shape, and counts the programs made. */
async function train(
  config: Record<string, unknown>,
  shapes: readonly (readonly [number, number])[],
  options: Parameters<typeof compile>[1],
  weighted: boolean,
): Promise<Trained> {
  // Kernels of our own are made for one size and round in their own way: bits are compared without them.
  const engine = new OnnxEngine({ threads: 1, kernels: false });
  useEngine(engine);
  const model: LanguageModel = createModel(config, { seed: 5 });
  const parameters = [...model.parameters.values()];
  const optimizer = new AdamW(parameters, { learningRate: 1e-2 });
  const step = compile((ids: Tensor, targets: Tensor, weights?: Tensor) => {
    const rows = model.losses(ids, targets);
    const loss = weights ? sum(mul(rows, reshape(weights, rows.shape))) : rows.mean();
    const gradients = grad(loss, parameters);
    const { norm, scale } = globalNorm(gradients, 1);
    optimizer.assign(gradients, scale);
    return { loss, norm };
  }, options);
  const losses: number[] = [];
  for (const [i, [batch, time]] of shapes.entries()) {
    optimizer.advance();
    const shape = [batch, time];
    const weights = values(shape, i)
      .mul(values(shape, i))
      .mul(1 / (batch * time));
    const feeds = [tokens(shape, 61, i), tokens(shape, 61, i + 9), ...(weighted ? [weights] : [])] as const;
    const { loss, norm } = await step(...(feeds as unknown as [Tensor, Tensor]));
    losses.push(await loss.item(), await norm.item());
  }
  const trained = await Promise.all(parameters.map((p) => p.data() as Promise<Float32Array>));
  return { losses, parameters: trained, programs: engine.memory().programs };
}

for (const [name, config] of Object.entries(CONFIGS)) {
  test(`${name}: whole training steps over all shapes are one program's, bit by bit`, async () => {
    // Row weights come divided, so that no program folds 1/N into a product.
    const shapes = [
      [2, 16],
      [3, 11],
      [1, 64],
      [5, 7],
      [2, 16],
    ] as const;
    const [all, each] = [await train(config, shapes, DYNAMIC, true), await train(config, shapes, {}, true)];
    assert.deepEqual(all.losses, each.losses);
    assert.deepEqual(all.parameters, each.parameters);
    assert.equal(each.programs - all.programs, 3);
    assert.ok(all.losses.every(Number.isFinite));
  });

  test(`${name}: with the mean of the losses, bit by bit for powers of two, to the last digits for others`, async () => {
    const powers = [
      [2, 16],
      [4, 8],
      [1, 32],
      [8, 64],
    ] as const;
    const [all, each] = [await train(config, powers, DYNAMIC, false), await train(config, powers, {}, false)];
    assert.deepEqual(all.losses, each.losses);
    assert.deepEqual(all.parameters, each.parameters);
    assert.equal(all.programs, 1);
    const odd = [
      [3, 11],
      [5, 7],
    ] as const;
    const [near, exact] = [await train(config, odd, DYNAMIC, false), await train(config, odd, {}, false)];
    near.losses.forEach((loss, i) => assert.ok(Math.abs(loss - exact.losses[i]) < 1e-5));
  });
}

test("a checkpointed layer trains at all sizes with one program", async () => {
  const run = async (options: Parameters<typeof compile>[1]): Promise<ArrayLike<number>> => {
    const w = new Variable(values([48, 48], 3).storage!, "w");
    const layer = checkpoint((x: Tensor) => matmul(matmul(x, w).tanh(), w));
    const step = compile((x: Tensor) => {
      const loss = layer(x).mul(0.1).exp().sum();
      w.assign(w.sub(grad(loss, [w])[0].mul(1e-3)));
      return loss;
    }, options);
    for (const rows of [40, 64, 56]) await (await step(values([rows, 48], rows))).item();
    return (await w.data()) as Float32Array;
  };
  useEngine(new OnnxEngine({ threads: 1 }));
  assert.deepEqual(await run({ dynamicAxes: [["rows", null]] }), await run({}));
});
