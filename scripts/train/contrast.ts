/**
 * Second half of gradlab/enc-1m: texts that mean the same come near each other, all others go apart.
 *
 *   npx gradlab train models/enc-1m/train.yaml && node scripts/dist/train/contrast.js [--steps N] [--from FOLDER]
 *
 * Reads FOLDER/model, writes FOLDER-contrast/model and what it measured, measured.json; FOLDER is runs/enc-1m by default: how often a word finds
 * its definition among all of a held-out domain, before, after, and by shared words.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  compile,
  contrastiveLoss,
  type EncoderModel,
  globalNorm,
  grad,
  learningRateAt,
  loadEncoder,
  makeOptimizer,
  saveModel,
  type Tensor,
} from "gradlab";
import { meaningPairs, type Pair } from "./meaning-pairs.js";
import { fixedRows, recallByEncoder, recallByWords } from "./retrieve.js";

const BATCH = 192;
const SCALE = 20;
const RATE = 1e-3;

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "1000" },
    from: { type: "string", default: join("runs", "enc-1m") },
  },
});
const steps = Number(values.steps);
const to = `${values.from}-contrast`;

async function train(encoder: EncoderModel, pairs: readonly Pair[]): Promise<void> {
  const parameters = [...encoder.parameters.values()];
  const optimizer = makeOptimizer("adamw", parameters, { weightDecay: 0.01 });
  const step = compile((a: Tensor, maskA: Tensor, b: Tensor, maskB: Tensor) => {
    const vectors = [encoder.embed({ ids: a, mask: maskA }), encoder.embed({ ids: b, mask: maskB })];
    const loss = contrastiveLoss(vectors[0], vectors[1], { scale: SCALE });
    const gradients = grad(loss, parameters);
    optimizer.assign(gradients, globalNorm(gradients, 1).scale);
    return loss;
  });
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const at = (i * BATCH) % (pairs.length - BATCH);
    const batch = pairs.slice(at, at + BATCH);
    optimizer.advance(learningRateAt("cosine", i + 1, { peak: RATE, totalSteps: steps, warmupSteps: 50 }));
    const sides = [0, 1].map((side) =>
      fixedRows(
        encoder,
        batch.map((pair) => pair[side]),
      ),
    );
    sum += await (await step(sides[0][0], sides[0][1], sides[1][0], sides[1][1])).item();
    if ((i + 1) % 50 === 0) {
      console.log(`step ${i + 1}/${steps}  loss ${(sum / 50).toFixed(3)}`);
      sum = 0;
    }
  }
}

const { train: pairs, heldOut } = meaningPairs(".cache");
console.log(`${pairs.length} pairs`);
const encoder = await loadEncoder(join(values.from, "model"), { head: "none" });
const report: Record<string, Record<string, unknown>> = {};
for (const [domain, asked] of Object.entries(heldOut))
  report[domain] = { words: recallByWords(asked), before: await recallByEncoder(encoder, asked) };
await train(encoder, pairs);
for (const [domain, asked] of Object.entries(heldOut))
  report[domain]["after"] = await recallByEncoder(encoder, asked);
mkdirSync(to, { recursive: true });
await saveModel(encoder, join(to, "model"), { dtype: "float16" });
writeFileSync(join(to, "measured.json"), `${JSON.stringify(report, null, 2)}\n`);
console.log(JSON.stringify(report, null, 2));
