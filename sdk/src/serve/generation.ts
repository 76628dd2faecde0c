import { randomInt } from "node:crypto";
import type { Channel } from "./channel.js";
import {
  field,
  flag,
  seed,
  share,
  stopTexts,
  temperature,
  text,
  wholeNumber,
  type Values,
} from "./fields.js";
import { badField, Refusal } from "./refusal.js";
import type { Scheduler } from "./scheduler.js";
import type { GenerationRequest, GenerationResult } from "./sequence.js";

const streamOptions = field<{ readonly include_usage?: boolean }>(
  { type: "object", properties: { include_usage: { type: "boolean" } } },
  'an object such as {"include_usage": true}',
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const { include_usage: usage } = value as { include_usage?: unknown };
    return usage === undefined || usage === null || typeof usage === "boolean";
  },
);

/** The fields that both of OpenAI's routes have. */
export const GENERATION_FIELDS = {
  model: text,
  max_tokens: wholeNumber(1),
  temperature,
  top_p: share,
  top_k: wholeNumber(1),
  seed,
  stop: stopTexts,
  stream: flag,
  stream_options: streamOptions,
  return_token_ids: flag,
};

/** Fields of OpenAI's API that are not here, with the values that ask for nothing. */
export const UNSUPPORTED = {
  n: [1],
  logprobs: [false],
  logit_bias: [{}],
  presence_penalty: [0],
  frequency_penalty: [0],
};

/** Fields of OpenAI's API that do not change the answer. */
export const IGNORED = ["user", "store", "metadata", "service_tier", "safety_identifier", "prompt_cache_key"];

export type GenerationValues = Values<typeof GENERATION_FIELDS>;

/** @throws Refusal 404 when a request names another model, 400 for stream_options without stream */
export function checkCommon(
  { model, stream, stream_options: options }: GenerationValues,
  served: string,
): void {
  if (model !== undefined && model !== served) {
    throw new Refusal(404, `The model ${JSON.stringify(model)} is not served here.`, {
      param: "model",
      code: "model_not_found",
      hint: `Send ${JSON.stringify(served)}, or leave the field out.`,
    });
  }
  if (options && !stream)
    throw badField("stream_options", "stream_options is for streams.", 'Send "stream": true.');
}

/** Sampling of a request; `temperature` is what OpenAI's API takes when none is given. */
export const samplingOf = ({ temperature: heat = 1, top_p: topP, top_k: topK }: GenerationValues) => ({
  temperature: heat,
  ...(topP === undefined ? {} : { topP }),
  ...(topK === undefined ? {} : { topK }),
});

export const stopsOf = (stop: string | readonly string[] = []): readonly string[] => [stop].flat();

/** @returns the given seed, or a fresh one: without a seed two answers differ */
export const seedOf = (given: number | undefined): number => given ?? randomInt(2 ** 47);

/**
 * The tokens an answer may have.
 *
 * @throws Refusal 400 when the prompt is empty or leaves no room in the context
 */
export function roomFor(ids: Int32Array, wanted: number, scheduler: Scheduler, param: string): number {
  const { contextLength } = scheduler;
  if (ids.length === 0) throw badField(param, `${param} is empty.`, "Give at least one token.");
  if (ids.length > contextLength) {
    throw new Refusal(400, `${param} has ${ids.length} tokens, the context holds ${contextLength}.`, {
      param,
      code: "context_length_exceeded",
      hint: `Shorten it by ${ids.length - contextLength} tokens.`,
    });
  }
  // The last token is never fed, so it needs no place in the context.
  return Math.min(wanted, contextLength - ids.length + 1);
}

/** The ids of a text. @throws Refusal 400 when the model has no tokenizer */
export function encodeText({ model }: Scheduler, value: string, param: string): Int32Array {
  if (model.tokenizer) return model.tokenizer.encode(value);
  throw new Refusal(400, `${model.id} has no tokenizer, so it cannot read text.`, {
    param,
    code: "no_tokenizer",
    hint: "Send token ids to /v1/completions.",
  });
}

/** Something that happened to the index-th generation. */
export type GenerationEvent =
  | { readonly index: number; readonly text: string }
  | { readonly index: number; readonly result: GenerationResult };

/** Starts generations whose events go into a channel, which closes after the last result. */
export function startStream(
  scheduler: Scheduler,
  requests: readonly GenerationRequest[],
  channel: Channel<GenerationEvent>,
): void {
  const results = scheduler.submit(
    requests.map((request, index) => ({
      ...request,
      onText: (piece) => channel.push({ index, text: piece }),
    })),
  );
  const finished = results.map(async (result, index) => channel.push({ index, result: await result }));
  Promise.all(finished).then(
    () => channel.close(),
    (error: unknown) => channel.close({ error }),
  );
}

/** Token counts of several generations together. */
export function usageOf(results: readonly GenerationResult[]): object {
  const sum = (count: (result: GenerationResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const prompt = sum(({ promptTokens }) => promptTokens);
  const completion = sum(({ ids }) => ids.length);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: sum(({ cachedTokens }) => cachedTokens) },
  };
}
