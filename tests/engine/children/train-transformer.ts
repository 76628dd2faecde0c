// Trains a small transformer from a seed and prints the losses and a hash of the parameters, as JSON.
import { createHash } from "node:crypto";
import {
  AdamW,
  compile,
  createModel,
  globalNorm,
  grad,
  OnnxEngine,
  Random,
  tensor,
  useEngine,
  type Tensor,
} from "gradlab";

const [threads, seed] = process.argv.slice(2).map(Number);
const [BATCH, TIME, VOCABULARY, STEPS] = [4, 64, 512, 5];

useEngine(new OnnxEngine({ threads }));
const model = createModel(
  {
    model_type: "llama",
    vocab_size: VOCABULARY,
    hidden_size: 128,
    intermediate_size: 352,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: TIME,
  },
  { seed },
);
const parameters = [...model.parameters.values()];
const optimizer = new AdamW(parameters, { learningRate: 3e-3 });
const step = compile((ids: Tensor, targets: Tensor) => {
  const loss = model.losses(ids, targets).mean();
  const gradients = grad(loss, parameters);
  optimizer.assign(gradients, globalNorm(gradients, 1).scale);
  return loss;
});

const random = new Random(seed);
const draw = (): Tensor =>
  tensor(
    Int32Array.from({ length: BATCH * TIME }, () => Math.floor(random.uniform() * VOCABULARY)),
    { shape: [BATCH, TIME] },
  );
const losses: number[] = [];
for (let i = 0; i < STEPS; i++) {
  optimizer.advance();
  losses.push(await (await step(draw(), draw())).item());
}
const hash = createHash("sha1");
for (const parameter of parameters) hash.update(new Uint8Array((await parameter.data()).buffer));
console.log(JSON.stringify({ losses, parameters: hash.digest("hex") }));
