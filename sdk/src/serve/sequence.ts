import { Continuation, sampleToken, type LanguageModel, type SamplingOptions } from "../models/index.js";
import { Random } from "../tensor/index.js";

/** What to generate, checked. */
export interface GenerationRequest {
  /** At least one id, at most the context. */
  readonly ids: Int32Array;
  readonly maxNewTokens: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  readonly stop: readonly string[];
  /** Ids that end the answer besides the model's own. */
  readonly stopTokens: readonly number[];
  /** Ends the generation early; its reason is what `result` rejects with. */
  readonly signal?: AbortSignal;
  /** Receives the text as it becomes certain. */
  readonly onText?: (text: string) => void;
}

export interface GenerationResult {
  readonly text: string;
  readonly ids: readonly number[];
  readonly promptTokens: number;
  /** Of these, how many were taken from a slot's cache. */
  readonly cachedTokens: number;
  readonly finishReason: "stop" | "length";
}

/** One generation from its submission to its result. */
export class Sequence {
  readonly result: Promise<GenerationResult>;
  readonly submitted = performance.now();
  /** Prompt tokens in the slot's cache. */
  fed = 0;
  cached = 0;
  lastTokenAt = 0;
  settled = false;
  #sent = 0;
  readonly #writer: Continuation;
  readonly #random: Random;
  #resolve!: (result: GenerationResult) => void;
  #reject!: (error: unknown) => void;

  constructor(
    model: LanguageModel,
    readonly request: GenerationRequest,
  ) {
    this.#writer = new Continuation(model, { stop: request.stop, stopTokens: request.stopTokens });
    this.#random = new Random(request.seed);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever awaits gets the error; nobody awaiting is no fault of the process.
    this.result.catch(() => undefined);
  }

  get generated(): number {
    return this.#writer.ids.length;
  }

  /** The token to feed next. */
  get last(): number {
    return this.#writer.last;
  }

  /** Tokens in the slot's cache: the last generated one is fed with the next step. */
  get length(): number {
    return this.generated > 0 ? this.request.ids.length + this.generated - 1 : this.fed;
  }

  /** Draws the next token from its logits and ends when that was the last. */
  accept(logits: Float32Array): void {
    const { sampling, maxNewTokens } = this.request;
    const ended = this.#writer.push(sampleToken(logits, sampling, this.#random));
    if (ended || this.generated >= maxNewTokens) this.#finish();
    else this.#send(certainLength(this.#writer.text, this.request.stop));
  }

  fail(error: unknown): void {
    this.settled = true;
    this.#reject(error);
  }

  #finish(): void {
    const { text, ids, finishReason } = this.#writer.finish();
    this.#send(text.length);
    this.settled = true;
    this.#resolve({
      text,
      ids,
      finishReason,
      promptTokens: this.request.ids.length,
      cachedTokens: this.cached,
    });
  }

  #send(end: number): void {
    if (end <= this.#sent) return;
    this.request.onText?.(this.#writer.text.slice(this.#sent, end));
    this.#sent = end;
  }
}

/** How much of a text no stop text can take back: an end that may be the beginning of one has to wait. */
export function certainLength(text: string, stops: readonly string[]): number {
  let held = 0;
  for (const stop of stops) {
    for (let size = Math.min(stop.length - 1, text.length); size > held; size--) {
      if (text.endsWith(stop.slice(0, size))) held = size;
    }
  }
  return text.length - held;
}
