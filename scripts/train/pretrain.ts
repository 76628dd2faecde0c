/**
 * Pre-trains the shipped English model from scratch on the corpus that scripts/corpus builds.
 *
 *   node scripts/dist/train/pretrain.js [--steps N] [--minutes M] [--out FOLDER]
 *
 * Stops after the minutes given and continues exactly where it stopped when run again. Writes a log line
 * per evaluation and, at the end of the sitting, the model folder.
 */
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  AdamW,
  BatchLoader,
  CheckpointStore,
  createModel,
  HeldOut,
  learningRateAt,
  OnnxEngine,
  packTokens,
  readTokenizer,
  readTokens,
  restoreState,
  saveModel,
  saveState,
  TrainStep,
  useEngine,
  type Batch,
  type BatchLoaderState,
  type PackedTokens,
  type TokenArray,
} from "gradlab";

const { values: options } = parseArgs({
  options: {
    steps: { type: "string", default: "6000" },
    minutes: { type: "string", default: "60" },
    corpus: { type: "string", default: ".cache/corpus" },
    state: { type: "string", default: ".cache/train/gradlab-en" },
    out: { type: "string", default: ".cache/train/gradlab-en/model" },
    threads: { type: "string", default: "2" },
  },
});

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 4096,
  hidden_size: 192,
  intermediate_size: 512,
  num_hidden_layers: 5,
  num_attention_heads: 6,
  num_key_value_heads: 3,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  hidden_act: "silu",
  bos_token_id: 0,
  eos_token_id: 0,
};
const SEED = 42;
const BATCH = 12;
const WINDOW = 256;
const PEAK_RATE = 3e-3;
/** In the last share of the steps every other batch comes from the anneal mix, while the rate falls. */
const ANNEAL_SHARE = 0.2;
const EVAL_EVERY = 250;
const SAVE_EVERY = 250;

useEngine(new OnnxEngine({ threads: Number(options.threads) }));
const totalSteps = Number(options.steps);
const deadline = Date.now() + 60_000 * Number(options.minutes);
const annealFrom = Math.floor(totalSteps * (1 - ANNEAL_SHARE));
await mkdir(options.state, { recursive: true });

const tokenizer = await readTokenizer("models/gradlab-en");
const model = createModel(CONFIG, { seed: SEED, id: "gradlab/en", tokenizer });
const parameters = [...model.parameters.values()];
const optimizer = new AdamW(parameters, { betas: [0.9, 0.95], weightDecay: 0.1 });
const trainStep = new TrainStep(model, parameters, optimizer, { clipNorm: 1 });
const heldOut = new HeldOut(model);
const store = new CheckpointStore(join(options.state, "checkpoints"));

const main = packTokens(await readTokens(join(options.corpus, "train.u16")), WINDOW);
const anneal = packTokens(await readTokens(join(options.corpus, "anneal.u16")), WINDOW);
const evaluation = evalBatches(packTokens(await readTokens(join(options.corpus, "heldout.u16")), WINDOW), 16);
const medical = evalBatches(
  packTokens(await readTokens(join(options.corpus, "heldout-medical.u16")), WINDOW),
  8,
);

const loaderOptions = { batchSize: BATCH, seed: SEED, dropLast: true };
let loaders = { main: new BatchLoader(main, loaderOptions), anneal: new BatchLoader(anneal, loaderOptions) };
const { checkpoint } = await store.latestValid();
if (checkpoint) {
  const meta = (await restoreState(checkpoint, parameters, optimizer)) as Record<
    "main" | "anneal",
    BatchLoaderState
  >;
  loaders = {
    main: BatchLoader.fromState(main, meta.main),
    anneal: BatchLoader.fromState(anneal, meta.anneal),
  };
  await log({ event: "resumed", step: optimizer.step });
}
console.log(
  `${model.paramCount} parameters, ${main.length} windows, step ${optimizer.step} of ${totalSteps}`,
);

let [tokens, seconds] = [0, 0];
while (optimizer.step < totalSteps && Date.now() < deadline) {
  const step = optimizer.step + 1;
  const [loader, source] =
    step > annealFrom && step % 2 === 0 ? [loaders.anneal, anneal] : [loaders.main, main];
  const batch = batchOf(loader, source);
  const learningRate = learningRateAt("cosine", step, {
    peak: PEAK_RATE,
    totalSteps,
    warmupSteps: 100,
    floor: 0.05,
  });
  const started = performance.now();
  const result = await trainStep.run([batch], learningRate);
  seconds += (performance.now() - started) / 1000;
  tokens += result.tokens;
  if (step % 50 === 0) {
    const rate = Math.round(tokens / seconds);
    console.log(
      `step ${step} loss ${result.loss.toFixed(3)} norm ${result.gradNorm.toFixed(2)} ${rate} tokens/s`,
    );
    [tokens, seconds] = [0, 0];
  }
  if (step % EVAL_EVERY === 0) await evaluate(step, result.loss);
  if (step % SAVE_EVERY === 0) await save();
}
await save();
await evaluate(optimizer.step);
await saveModel(model, options.out, { dtype: "float16" });
console.log(`saved ${options.out} at step ${optimizer.step}`);

function batchOf(loader: BatchLoader<TokenArray>, source: PackedTokens): Batch {
  return source.batch(loader.next().indices);
}

function evalBatches(windows: PackedTokens, count: number): Batch[] {
  const stride = Math.max(1, Math.floor(windows.length / (count * BATCH)));
  return Array.from({ length: count }, (_, i) =>
    windows.batch(
      Array.from({ length: BATCH }, (__, j) => Math.min(windows.length - 1, (i * BATCH + j) * stride)),
    ),
  );
}

async function evaluate(step: number, trainLoss?: number): Promise<void> {
  const general = await heldOut.loss(evaluation);
  const domain = await heldOut.loss(medical);
  await log({
    event: "eval",
    step,
    tokens: step * BATCH * WINDOW,
    trainLoss,
    heldOut: general.loss,
    medical: domain.loss,
  });
}

async function save(): Promise<void> {
  await saveState(store, parameters, optimizer, {
    main: loaders.main.state(),
    anneal: loaders.anneal.state(),
  });
  await store.prune({ keepLast: 2 });
}

async function log(entry: Record<string, unknown>): Promise<void> {
  const line = JSON.stringify({ time: new Date().toISOString(), ...entry });
  console.log(line);
  await appendFile(join(options.state, "log.jsonl"), `${line}\n`);
}
