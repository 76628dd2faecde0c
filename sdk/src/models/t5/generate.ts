import { cast, concat, full, ones } from "../../ops/index.js";
import type { Tensor } from "../../graph/index.js";
import { Random } from "../../tensor/index.js";
import { checkSampling, sampleToken, type SamplingOptions } from "../sample.js";
import type { TokenRows } from "../token-input.js";
import { startDecoder } from "./incremental.js";
import type { Seq2SeqModel } from "./seq2seq-model.js";

export interface Seq2SeqGenerateOptions extends SamplingOptions {
  /** Default 64. */
  readonly maxNewTokens?: number;
  /** Seed of the sampling. Default 42. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

export interface Seq2SeqGeneration {
  /** Without the start and the end token. */
  readonly ids: readonly number[];
  /** Decoded, where the model has a tokenizer. */
  readonly text?: string;
  readonly finishReason: "stop" | "length";
}

/** Sizes are rounded up to a multiple of this, so that few programs are compiled. */
const GRAIN = 16;

const roundUp = (size: number): number => Math.ceil(size / GRAIN) * GRAIN;

export async function generateRows(
  model: Seq2SeqModel,
  rows: TokenRows,
  { maxNewTokens = 64, seed = 42, signal, ...sampling }: Seq2SeqGenerateOptions,
): Promise<Seq2SeqGeneration[]> {
  checkSampling(sampling);
  const { padId, endId, startId, vocabSize } = model.config;
  const [batch] = rows.ids.shape;
  const written: number[][] = Array.from({ length: batch }, () => []);
  const done = new Set<number>();
  if (maxNewTokens > 0) {
    const decoder = await startDecoder(model.network, model.config, {
      ...padSource(rows, padId),
      capacity: roundUp(maxNewTokens),
    });
    const random = new Random(seed);
    const last = new Int32Array(batch).fill(startId);
    while (done.size < batch && written.some(({ length }, row) => !done.has(row) && length < maxNewTokens)) {
      signal?.throwIfAborted();
      const logits = await decoder.step(last);
      for (let row = 0; row < batch; row++) {
        if (done.has(row)) continue;
        last[row] = sampleToken(logits.subarray(row * vocabSize, (row + 1) * vocabSize), sampling, random);
        if (last[row] === endId) done.add(row);
        else written[row].push(last[row]);
      }
    }
  }
  return written.map((ids, row) => ({
    ids,
    ...(model.tokenizer ? { text: model.tokenizer.decode(ids, { skipSpecialTokens: true }) } : {}),
    finishReason: done.has(row) ? "stop" : "length",
  }));
}

/** The source at a rounded length, with a mask that hides what was added. */
function padSource({ ids, mask }: TokenRows, padId: number): { readonly ids: Tensor; readonly mask: Tensor } {
  const [batch, time] = ids.shape;
  const seen = mask ? cast(mask, "int32") : ones([batch, time], "int32");
  const extra = roundUp(time) - time;
  if (extra === 0) return { ids, mask: seen };
  return {
    ids: concat([ids, full([batch, extra], padId, "int32")], 1),
    mask: concat([seen, full([batch, extra], 0, "int32")], 1),
  };
}
