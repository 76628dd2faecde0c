import { Decoder, type LanguageModel } from "../models/index.js";
import type { Load, Metrics } from "./metrics.js";
import { closing, Refusal, tooBusy, tooLate } from "./refusal.js";
import { Sequence, type GenerationRequest, type GenerationResult } from "./sequence.js";
import { PREFILL_CHUNK, SlotPrefixes } from "./slot-prefixes.js";

const NOTHING_KNOWN = { slot: 0, tokens: 0 };

export interface SchedulerOptions {
  readonly slots: number;
  readonly maxQueue: number;
  readonly requestTimeoutMs: number;
  readonly contextLength?: number;
  readonly metrics: Metrics;
  /** Told of faults of the model or the engine. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * Continuous batching: one loop that alternates a chunk of one prompt with one token for every sequence being
 * written, so that a new prompt delays the others by a chunk at most. A sequence joins and leaves between two
 * steps, and what it gets does not depend on who is beside it.
 *
 * Slots 0 … n−1 hold the rows being written, slot n the prompt being read: a run sees the caches as one
 * contiguous view, so the last row moves into the hole that a finished one leaves.
 *
 * @source Yu et al. 2022, "Orca" (iteration-level scheduling); Agrawal et al. 2023, "Sarathi" (chunked prefills)
 */
export class Scheduler {
  readonly #decoder: Decoder;
  readonly #options: SchedulerOptions;
  readonly #waiting: Sequence[] = [];
  readonly #rows: Sequence[] = [];
  readonly #prefixes: SlotPrefixes;
  #writing = 0;
  #loop = Promise.resolve();
  #turning = false;
  #closed = false;

  constructor(
    readonly model: LanguageModel,
    options: SchedulerOptions,
  ) {
    const { slots, contextLength } = options;
    this.#options = options;
    this.#decoder = new Decoder(model, { slots, ...(contextLength ? { capacity: contextLength } : {}) });
    this.#prefixes = new SlotPrefixes(slots);
  }

  /** Tokens of prompt and answer together. */
  get contextLength(): number {
    return this.#decoder.capacity;
  }

  /** Generations that can be taken on together. */
  get room(): number {
    return this.#options.slots + this.#options.maxQueue;
  }

  get closed(): boolean {
    return this.#closed;
  }

  load(): Load {
    return { waiting: this.#waiting.length, running: this.#rows.length, slots: this.#options.slots };
  }

  /** Compiles the program, so that faults show now and the first request is not the slow one. */
  async warmUp(): Promise<void> {
    await this.#decoder.step(Int32Array.of(0), Int32Array.of(0));
  }

  /**
   * Takes on all the generations, or none.
   *
   * @throws Refusal 429 when the queue has no room, 503 when the service is closing
   */
  submit(requests: readonly GenerationRequest[]): Promise<GenerationResult>[] {
    if (this.#closed) throw closing();
    const taken = this.#waiting.length + this.#rows.length;
    if (taken + requests.length > this.room) throw tooBusy(this.#waiting.length);
    const sequences = requests.map((request) => this.#enqueue(request));
    if (!this.#turning) this.#loop = this.#run();
    return sequences.map(({ result }) => result);
  }

  /** Takes on nothing more; resolves when all is done, or `graceMs` later, when the rest was ended with 503. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const timer = setTimeout(() => {
      for (const sequence of [...this.#waiting, ...this.#rows]) this.#cancel(sequence, closing());
    }, graceMs);
    while (this.#turning) await this.#loop;
    clearTimeout(timer);
  }

  #enqueue(request: GenerationRequest): Sequence {
    const { requestTimeoutMs } = this.#options;
    const sequence = new Sequence(this.model, request);
    const { signal } = request;
    const cancel = (): void => this.#cancel(sequence, signal?.reason);
    const timer = setTimeout(() => this.#cancel(sequence, tooLate(requestTimeoutMs)), requestTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    };
    sequence.result.then(settle, settle);
    this.#waiting.push(sequence);
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    return sequence;
  }

  /** A waiting sequence leaves at once, a running one before the next step. */
  #cancel(sequence: Sequence, error: unknown): void {
    if (sequence.settled) return;
    this.#options.metrics.cancelled++;
    sequence.fail(error);
    const at = this.#waiting.indexOf(sequence);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  async #run(): Promise<void> {
    this.#turning = true;
    while (this.#waiting.length + this.#rows.length > 0) {
      try {
        await this.#turn();
      } catch (error) {
        this.#fault(this.#rows.splice(0), error);
        this.#writing = 0;
      }
    }
    this.#turning = false;
  }

  async #turn(): Promise<void> {
    this.#admit();
    if (this.#rows.length > this.#writing) await this.#read(this.#rows[this.#writing]);
    this.#sweep();
    if (this.#writing > 0) await this.#write(this.#rows.slice(0, this.#writing));
    this.#sweep();
  }

  /** Gives the next free slot to the request that waits longest, once the last prompt is read. */
  #admit(): void {
    const slot = this.#rows.length;
    if (slot > this.#writing || slot === this.#options.slots) return;
    const sequence = this.#waiting.shift();
    if (!sequence) return;
    // A recurrent state has read on since, and cannot go back to where a prompt began.
    const known = this.#decoder.rewinds ? this.#prefixes.find(sequence.request.ids) : NOTHING_KNOWN;
    if (known.tokens > 0 && known.slot !== slot) this.#decoder.copySlot(known.slot, slot, known.tokens);
    sequence.fed = sequence.cached = known.tokens;
    this.#prefixes.set(slot, sequence.request.ids, known.tokens);
    this.#rows.push(sequence);
    this.#options.metrics.promptTokens += sequence.request.ids.length;
    this.#options.metrics.cachedTokens += known.tokens;
  }

  /** Feeds one chunk of a prompt; after the last one the row joins those being written. */
  async #read(row: Sequence): Promise<void> {
    const slot = this.#writing;
    const { ids } = row.request;
    await this.#guard([row], async () => {
      const chunk = ids.slice(row.fed, row.fed + PREFILL_CHUNK);
      const logits = await this.#decoder.step(chunk, Int32Array.of(row.fed), slot);
      row.fed += chunk.length;
      this.#prefixes.set(slot, ids, row.fed);
      if (row.fed < ids.length) return;
      this.#writing++;
      this.#accept(row, logits);
    });
  }

  /** One token for every row. */
  async #write(rows: readonly Sequence[]): Promise<void> {
    await this.#guard(rows, async () => {
      const ids = Int32Array.from(rows, (row) => row.last);
      const past = Int32Array.from(rows, (row) => row.length);
      const logits = await this.#decoder.step(ids, past);
      const width = logits.length / rows.length;
      rows.forEach((row, i) => this.#accept(row, logits.subarray(i * width, (i + 1) * width)));
    });
  }

  #accept(row: Sequence, logits: Float32Array): void {
    if (row.settled) return;
    const { metrics } = this.#options;
    const now = performance.now();
    if (row.lastTokenAt === 0) metrics.timeToFirstToken.observe((now - row.submitted) / 1000);
    else metrics.timePerOutputToken.observe((now - row.lastTokenAt) / 1000);
    row.lastTokenAt = now;
    const before = row.generated;
    try {
      row.accept(logits);
    } catch (error) {
      this.#fault([row], error);
    }
    metrics.generatedTokens += row.generated - before;
  }

  async #guard(rows: readonly Sequence[], step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      rows.forEach((row) => this.#prefixes.forget(this.#rows.indexOf(row)));
      this.#fault(rows, error);
    }
  }

  /** A fault ends the rows it concerns and nothing else. */
  #fault(rows: readonly Sequence[], cause: unknown): void {
    this.#options.onFault?.(cause);
    const error = new Refusal(500, "The model failed while generating.", { code: "generation_failed" });
    for (const row of rows) if (!row.settled) row.fail(error);
  }

  #sweep(): void {
    for (let slot = this.#rows.length - 1; slot >= 0; slot--) {
      if (this.#rows[slot].settled) this.#release(slot);
    }
  }

  #release(slot: number): void {
    let hole = slot;
    if (hole < this.#writing) {
      this.#writing--;
      this.#move(this.#writing, hole);
      hole = this.#writing;
    }
    this.#move(this.#rows.length - 1, hole);
    this.#rows.pop();
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    this.#decoder.copySlot(from, to, this.#rows[from].length);
    this.#prefixes.copy(from, to);
    this.#rows[to] = this.#rows[from];
  }
}
