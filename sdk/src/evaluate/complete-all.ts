import { argmax, Decoder, prefill, type LanguageModel } from "../models/index.js";
import type { AnswerTask } from "./encode-rows.js";

export interface Answer {
  readonly ids: readonly number[];
  readonly finishReason: "stop" | "length";
  /** Tokens of the prompt that were left out at its beginning, since it filled the model's positions. */
  readonly cut: number;
  /** From the prompt's start to the answer's end, beside others. */
  readonly ms: number;
}

export interface CompleteOptions {
  readonly maxNewTokens: number;
  /** Answers written side by side. */
  readonly slots: number;
  readonly onAnswer: (answer: Answer, index: number) => void;
  /** Awaited before each step; may throw to stop. */
  readonly beforeStep: () => Promise<void>;
}

interface Running {
  readonly index: number;
  readonly ends: ReadonlySet<number>;
  readonly ids: number[];
  readonly cut: number;
  readonly started: number;
  past: number;
}

/**
 * Greedy answers to many prompts: as soon as one ends, the next takes its place.
 *
 * `onAnswer` is called as answers end, not in order.
 */
export async function completeAll(
  model: LanguageModel,
  tasks: readonly AnswerTask[],
  { maxNewTokens, slots, onAnswer, beforeStep }: CompleteOptions,
): Promise<void> {
  const decoder = new Decoder(model, { slots: Math.min(slots, tasks.length) });
  const room = decoder.capacity - Math.min(maxNewTokens, decoder.capacity >> 1);
  const running: Running[] = [];
  let next = 0;
  /** Takes a token; true when the answer ends with it. */
  const take = (run: Running, token: number): boolean => {
    const stopped = run.ends.has(token);
    if (!stopped) run.ids.push(token);
    const full = run.ids.length >= maxNewTokens || run.past >= decoder.capacity;
    if (!stopped && !full) return false;
    const { ids, cut, started, index } = run;
    onAnswer({ ids, cut, finishReason: stopped ? "stop" : "length", ms: performance.now() - started }, index);
    return true;
  };
  while (running.length > 0 || next < tasks.length) {
    await beforeStep();
    while (running.length < decoder.slots && next < tasks.length) {
      const { prompt, ends } = tasks[next];
      const cut = prompt.length < decoder.capacity ? 0 : prompt.length - room;
      const read = prompt.slice(cut);
      const run = { index: next++, ends, ids: [], cut, started: performance.now(), past: read.length };
      if (!take(run, argmax(await prefill(decoder, read, running.length)))) running.push(run);
    }
    if (running.length > 0) await stepAll(decoder, running, take);
  }
}

async function stepAll(
  decoder: Decoder,
  running: Running[],
  take: (run: Running, token: number) => boolean,
): Promise<void> {
  const last = Int32Array.from(running, ({ ids }) => ids[ids.length - 1]);
  const logits = await decoder.step(
    last,
    Int32Array.from(running, ({ past }) => past),
  );
  const width = logits.length / running.length;
  for (let slot = running.length - 1; slot >= 0; slot--) {
    const run = running[slot];
    run.past++;
    if (!take(run, argmax(logits.subarray(slot * width, (slot + 1) * width)))) continue;
    const moved = running.pop()!;
    if (slot === running.length) continue;
    // The live rows must stay the first slots.
    decoder.copySlot(running.length, slot, moved.past);
    running[slot] = moved;
  }
}
