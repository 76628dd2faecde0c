import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HostArray } from "gradlab";
import * as ort from "onnxruntime-node";

export type Feeds = Readonly<Record<string, ort.Tensor>>;

export const int64 = (rows: readonly (readonly number[])[]): ort.Tensor =>
  new ort.Tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0].length]);

export const float32 = ({ data, shape }: HostArray): ort.Tensor =>
  new ort.Tensor("float32", data as Float32Array, shape);

/** A session as anyone makes it: the package's binding, no options. */
export const open = (model: string | Uint8Array): Promise<ort.InferenceSession> =>
  typeof model === "string" ? ort.InferenceSession.create(model) : ort.InferenceSession.create(model);

export interface PlainDecoder {
  readonly session: ort.InferenceSession;
  readonly config: { readonly eos_token_id?: number };
}

/** An exported folder, read as Transformers.js reads it. */
export async function openFolder(folder: string, file = "onnx/model.onnx"): Promise<PlainDecoder> {
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as PlainDecoder["config"];
  return { session: await open(join(folder, file)), config };
}

/** Zero-length pasts, by the names and sizes that the file states. */
function emptyPast({ inputMetadata }: ort.InferenceSession, batch: number): Record<string, ort.Tensor> {
  const past: Record<string, ort.Tensor> = {};
  for (const input of inputMetadata) {
    if (!input.isTensor || !input.name.startsWith("past_key_values.")) continue;
    const dims = input.shape.map((dim) => (typeof dim === "number" ? dim : dim === "batch_size" ? batch : 0));
    past[input.name] = new ort.Tensor("float32", new Float32Array(0), dims);
  }
  return past;
}

/** Positions count tokens, not padding, whose own are 1. */
function positionsOf(mask: readonly (readonly number[])[], steps: number): number[][] {
  return mask.map((row) => {
    let seen = 0;
    return row.map((present) => (present ? seen++ : 1)).slice(-steps);
  });
}

/**
 * Transformers.js's greedy loop over a file with pasts: the prompts at once, then a token for each row at each step.
 *
 * @param mask 0 for padding
 */
export function greedy(
  decoder: PlainDecoder,
  prompts: readonly (readonly number[])[],
  mask: readonly (readonly number[])[],
  count: number,
): Promise<number[][]> {
  return greedySteps(decoder, prompts, count, (step, length) => {
    const all = mask.map((row) => [...row, ...new Array<number>(step).fill(1)]);
    return { attention_mask: int64(all), position_ids: int64(positionsOf(all, length)) };
  });
}

/** @param beside what is fed beside ids and pasts, by step and number of new ids */
export async function greedySteps(
  { session }: PlainDecoder,
  prompts: readonly (readonly number[])[],
  count: number,
  beside: (step: number, length: number) => Feeds,
): Promise<number[][]> {
  let past = emptyPast(session, prompts.length);
  let ids = prompts.map((row) => [...row]);
  const written: number[][] = prompts.map(() => []);
  for (let step = 0; step < count; step++) {
    const out = await session.run({ input_ids: int64(ids), ...beside(step, ids[0].length), ...past });
    const next = lastArgmax(out.logits);
    next.forEach((id, row) => written[row].push(id));
    past = Object.fromEntries(
      Object.entries(out)
        .filter(([name]) => name.startsWith("present."))
        .map(([name, value]) => [name.replace("present", "past_key_values"), value]),
    );
    ids = next.map((id) => [id]);
  }
  return written;
}

function lastArgmax({ data, dims: [rows, time, width] }: ort.Tensor): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const logits = (data as Float32Array).subarray(((row + 1) * time - 1) * width, (row + 1) * time * width);
    return logits.indexOf(Math.max(...logits));
  });
}

/** The largest difference, in units of the largest value. */
export function farthest(got: ort.Tensor, want: ArrayLike<number>): number {
  const values = got.data as Float32Array;
  if (values.length !== want.length) return Infinity;
  let [difference, size] = [0, 1];
  for (let i = 0; i < want.length; i++) {
    difference = Math.max(difference, Math.abs(values[i] - want[i]));
    size = Math.max(size, Math.abs(want[i]));
  }
  return difference / size;
}
