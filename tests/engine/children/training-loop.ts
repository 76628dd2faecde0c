// Trains with forced collections and prints the resident memory along the way, as JSON.
import {
  AdamW,
  compile,
  createModel,
  crossEntropy,
  grad,
  ids,
  Random,
  reshape,
  runtime,
  type Tensor,
} from "gradlab";

const STEPS = 300;
const WARM = 60;

const model = createModel({
  model_type: "llama",
  vocab_size: 127,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 16,
});
const parameters = [...model.parameters.values()];
const optimizer = new AdamW(parameters, { learningRate: 1e-3 });
const step = compile((x: Tensor, y: Tensor) => {
  const logits = model.forward(x);
  const loss = crossEntropy(logits, reshape(y, [-1]));
  optimizer.assign(grad(loss, parameters));
  return { loss, logits };
});

const collect = (globalThis as { gc?: () => void }).gc!;
const resident: number[] = [];
const live: number[] = [];
const random = new Random(1);
let loss = NaN;
for (let i = 0; i < STEPS; i++) {
  const rows = Array.from({ length: 8 }, () => Array.from({ length: 16 }, () => random.integer(127)));
  optimizer.advance();
  const running = step(ids(rows), ids(rows));
  // Collected while the native call is in flight: whatever it still reads must be held by somebody.
  collect();
  loss = await (await running).loss.item();
  collect();
  if (i >= WARM && i % 10 === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    resident.push(process.memoryUsage.rss());
    live.push(runtime().engine.memory().liveBytes);
  }
}
console.log(JSON.stringify({ loss, resident, live }));
