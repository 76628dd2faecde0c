import { compile } from "../engine/index.js";
import { fromArray, type Tensor } from "../graph/index.js";
import {
  blockTensors,
  windowBatches,
  type LanguageModel,
  type LikelihoodOptions,
  type TokenDocument,
} from "../models/index.js";
import { cast, equal, exp, log, max, mul, softmax, sub, sum } from "../ops/index.js";
import { hostArray } from "../tensor/index.js";

export interface Agreement {
  /** Mean over the counted positions of KL(before ‖ after) = Σ p ln(p/q), nats. */
  readonly meanKL: number;
  /** Share of counted positions at which both find the same token most likely. */
  readonly top1: number;
  readonly positions: number;
}

/** How far two models' next-token distributions are apart on documents. */
export async function measureAgreement(
  before: LanguageModel,
  after: LanguageModel,
  documents: readonly TokenDocument[],
  options: { readonly batchSize?: number; readonly onProgress?: LikelihoodOptions["onProgress"] } = {},
): Promise<Agreement> {
  const logits = (model: LanguageModel, ids: Tensor): Tensor => model.network.head(model.hidden(ids));
  const compare = compile((ids: Tensor) => divergence(logits(before, ids), logits(after, ids)), {
    constants: blockTensors(after),
  });
  let [divergences, same, positions] = [0, 0, 0];
  const batches = windowBatches(before, documents, options);
  for (const [index, { ids, rows, length, windows }] of batches.entries()) {
    const result = await compare(fromArray(hostArray(ids, [rows, length])));
    const [kl, agree] = [await result.kl.data(), await result.agree.data()];
    windows.forEach(({ counted }, row) =>
      counted.forEach((counts, t) => {
        if (counts === 0) return;
        divergences += Number(kl[row * length + t]);
        same += Number(agree[row * length + t]) > 0 ? 1 : 0;
        positions++;
      }),
    );
    await options.onProgress?.(index + 1, batches.length);
  }
  return { meanKL: Math.max(0, divergences / positions), top1: same / positions, positions };
}

/**
 * KL(p ‖ q) of softmax(a) and softmax(b), row by row: ln Σ p·e^d − Σ p·d with d = b − a, which loses nothing where
 * the two are close; and the number of tokens that are most likely in both.
 */
function divergence(a: Tensor, b: Tensor): { kl: Tensor; agree: Tensor } {
  const p = softmax(a);
  const d = sub(b, a);
  const kl = sub(log(sum(mul(p, exp(d)), { axes: 1 })), sum(mul(p, d), { axes: 1 }));
  const best = (x: Tensor): Tensor => cast(equal(x, max(x, { axes: 1, keepDims: true })), "float32");
  return { kl, agree: sum(mul(best(a), best(b)), { axes: 1 }) };
}
