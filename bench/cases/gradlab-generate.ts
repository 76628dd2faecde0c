/** gradlab as a resident peer of decoding: prefill and greedy decode through its incremental decoder. */
import { argmax, Decoder, loadModel, OnnxEngine, prefill, useEngine } from "gradlab";
import { hashIntegers } from "../weights/index.js";
import { serveRuns, startCost, type RunOutput, type RunRequest } from "./serve-runs.js";

interface GenerateCase {
  /** Dense, or quantized by quantize-model: what a user serves. */
  readonly folder: string;
  readonly threads: number;
  readonly context: number;
}

/** Untimed tokens at the start of every slice, as in peers/llama.c. */
const WARM_UP = 16;

async function decode(
  decoder: Decoder,
  vocab: number,
  { run, context = 256 }: RunRequest,
): Promise<RunOutput> {
  const prompt = hashIntegers("prompt", context, vocab);
  await prefill(decoder, prompt.subarray(0, context - 1));
  const last = prompt.slice(context - 1);
  for (let i = 0; i < WARM_UP; i++) await decoder.step(last, Int32Array.of(context - 1 + i));
  const tokens: number[] = [];
  let next = last[0] ?? 0;
  const stop = startCost();
  for (let i = 0; i < run; i++) {
    next = argmax(await decoder.step(Int32Array.of(next), Int32Array.of(context - 1 + i)));
    tokens.push(next);
  }
  return { cost: stop(), tokens };
}

async function prompt(decoder: Decoder, vocab: number, { run }: RunRequest): Promise<RunOutput> {
  const ids = hashIntegers("prompt", run, vocab);
  await prefill(decoder, ids.slice(0, 4 * WARM_UP));
  const stop = startCost();
  const logits = await prefill(decoder, ids);
  return { tokens: [argmax(logits)], cost: stop() };
}

async function main(c: GenerateCase): Promise<void> {
  useEngine(new OnnxEngine({ threads: c.threads, spinning: true }));
  const model = await loadModel(c.folder);
  const decoder = new Decoder(model, { capacity: c.context });
  const { vocabSize } = model.config;
  await serveRuns({ "onnxruntime-node": "1.30.0" }, (request) =>
    request.mode === "prefill" ? prompt(decoder, vocabSize, request) : decode(decoder, vocabSize, request),
  );
}

await main(JSON.parse(process.argv[2] ?? "{}") as GenerateCase);
