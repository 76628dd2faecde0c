import type { Batch, PackedTokens } from "../data/index.js";
import type { HeldOut } from "../finetune/index.js";
import type { HeldOutScore } from "./events.js";
import type { Learner } from "./objectives/index.js";

export interface ScoreOptions {
  readonly rows: number;
  readonly batchSize: number;
  /** Awaited before each batch: where a run pauses or stops. */
  readonly before: () => Promise<void>;
}

/**
 * The loss of a token file: over `rows` windows spread evenly over it, or all of them.
 *
 * Hidden tokens are hidden the same way every time. Bits per byte = nats / ln 2 / UTF-8 bytes of the predicted text, special tokens counting no bytes but their nats.
 */
export async function scoreHeldOut(
  windows: PackedTokens,
  { heldOut, learner }: { readonly heldOut: HeldOut; readonly learner: Learner },
  { rows, batchSize, before }: ScoreOptions,
): Promise<HeldOutScore> {
  const chosen = spread(windows.length, rows);
  const batches: Batch[] = [];
  let bytes = 0;
  for (let at = 0; at < chosen.length; at += batchSize) {
    const batch = windows.batch(chosen.slice(at, at + batchSize));
    if (learner.readsOn)
      bytes += Buffer.byteLength(learner.tokenizer.decode(batch.targets, { skipSpecialTokens: true }));
    batches.push(learner.prepare(batch, at));
  }
  const { loss, tokens } = await heldOut.loss(batches, before);
  if (!learner.readsOn) return { loss, tokens };
  return { loss, bitsPerByte: (loss * tokens) / Math.LN2 / bytes, tokens };
}

function spread(length: number, rows: number): number[] {
  const count = Math.min(length, rows);
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
}
