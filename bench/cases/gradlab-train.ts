/** gradlab as a resident peer of training: the very problem of peers/torch_train.py, weights and tokens included. */
import {
  AdamW,
  OnnxEngine,
  Variable,
  compile,
  createModel,
  grad,
  hostArray,
  HostStorage,
  ids,
  mean,
  tensor,
  useEngine,
  type LanguageModel,
} from "gradlab";
import type { TrainCase } from "../benches/train-case.js";
import { hashIntegers, hashUniform } from "../weights/index.js";
import { serveRuns } from "./serve-runs.js";

const STD = 0.02;

function configOf(c: TrainCase): Record<string, unknown> {
  if (c.model === "gpt2") {
    const size = { n_embd: c.d, n_inner: c.ff, n_layer: c.layers, n_head: c.heads, n_positions: c.length };
    return { model_type: "gpt2", vocab_size: c.vocab, activation_function: "gelu_new", ...size };
  }
  const size = { hidden_size: c.d, intermediate_size: c.ff, num_hidden_layers: c.layers };
  const rest = { num_attention_heads: c.heads, max_position_embeddings: c.length, rms_norm_eps: 1e-5 };
  return { model_type: "llama", vocab_size: c.vocab, tie_word_embeddings: false, ...size, ...rest };
}

/** Matrices get the shared random numbers; norms and biases keep their ones and zeros. */
function loadSharedWeights(model: LanguageModel): void {
  for (const [name, variable] of model.parameters) {
    if (variable.shape.length === 1) continue;
    const count = variable.shape.reduce((a, b) => a * b, 1);
    variable.load(new HostStorage(hostArray(hashUniform(name, count, STD), variable.shape)));
  }
}

function lowRank(name: string, shape: readonly [number, number]): Variable {
  return new Variable(hostArray(hashUniform(name, shape[0] * shape[1], STD), shape), name);
}

function addLora(model: LanguageModel, c: TrainCase): Variable[] {
  return [...model.linears.values()].flatMap((linear) => {
    if (!/self_attn\.[qv]_proj$/.test(linear.name)) return [];
    const a = lowRank(`${linear.name}.lora_A.weight`, [c.rank, linear.inFeatures]);
    const b = lowRank(`${linear.name}.lora_B.weight`, [linear.outFeatures, c.rank]);
    linear.delta = { a, b, scale: c.alpha / c.rank };
    return [a, b];
  });
}

function batchOf(c: TrainCase): { inputs: number[][]; targets: number[] } {
  const width = c.length + 1;
  const tokens = [...hashIntegers("batch", c.batch * width, c.vocab)];
  const rows = Array.from({ length: c.batch }, (_, b) => tokens.slice(b * width, (b + 1) * width));
  return { inputs: rows.map((row) => row.slice(0, -1)), targets: rows.flatMap((row) => row.slice(1)) };
}

async function main(c: TrainCase): Promise<void> {
  useEngine(new OnnxEngine({ threads: c.threads, spinning: true }));
  const model = createModel(configOf(c));
  loadSharedWeights(model);
  const all = [...model.parameters.values()];
  const matrices = all.filter(({ rank }) => rank > 1);
  const trained = c.model === "gpt2" ? all : c.rank > 0 ? addLora(model, c) : matrices;
  const { lr: learningRate, weightDecay } = c;
  const options = { learningRate, betas: [0.9, 0.95], eps: 1e-8, weightDecay, decays: () => true } as const;
  const optimizer = new AdamW(trained, options);
  const { inputs, targets } = batchOf(c);
  const [x, y] = [ids(inputs), tensor(targets, { dtype: "int32", shape: [c.batch, c.length] })];
  const step = compile((tokens: typeof x, next: typeof y) => {
    const loss = mean(model.losses(tokens, next));
    optimizer.assign(grad(loss, trained));
    return loss;
  });
  await serveRuns({ "onnxruntime-node": "1.30.0" }, async ({ run }) => {
    const losses: number[] = [];
    for (let k = 0; k < run; k++) {
      optimizer.advance();
      losses.push(Number((await (await step(x, y)).data())[0]));
    }
    return { losses };
  });
}

await main(JSON.parse(process.argv[2] ?? "{}") as TrainCase);
