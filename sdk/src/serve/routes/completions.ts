import { Channel } from "../channel.js";
import { describe, field, readFields, requireField, schemasOf, type Field, type Fields } from "../fields.js";
import {
  checkCommon,
  encodeText,
  GENERATION_FIELDS,
  IGNORED,
  roomFor,
  samplingOf,
  seedOf,
  startStream,
  stopsOf,
  UNSUPPORTED,
  usageOf,
  type GenerationEvent,
} from "../generation.js";
import { badField } from "../refusal.js";
import type { Scheduler } from "../scheduler.js";
import type { GenerationRequest, GenerationResult } from "../sequence.js";
import { now, type Exchange, type Route } from "./route.js";

type PromptField = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

const isId = (value: unknown): boolean => Number.isInteger(value);
const PROMPT_WORDS = "a text, an array of texts, token ids, or arrays of token ids";

const prompt: Field<PromptField> = field(
  {
    anyOf: [
      { type: "string" },
      { type: "array", items: { type: "string" }, minItems: 1 },
      { type: "array", items: { type: "integer" }, minItems: 1 },
      { type: "array", items: { type: "array", items: { type: "integer" } }, minItems: 1 },
    ],
  },
  PROMPT_WORDS,
  (value) =>
    typeof value === "string" ||
    (Array.isArray(value) &&
      value.length > 0 &&
      [
        (item: unknown) => typeof item === "string",
        isId,
        (item: unknown) => Array.isArray(item) && item.every(isId),
      ].some((accepts) => value.every(accepts))),
);

const FIELDS = { ...GENERATION_FIELDS, prompt } satisfies Fields;
const READ = {
  unsupported: { ...UNSUPPORTED, best_of: [1], echo: [false], suffix: [""] },
  ignored: IGNORED,
};

/** `POST /v1/completions`: continues prompts, in the shape of OpenAI's API. */
export const completions: Route = {
  method: "POST",
  path: "/v1/completions",
  summary: "Continue a text (OpenAI's completions).",
  body: { type: "object", required: ["prompt"], properties: schemasOf(FIELDS) },
  async handle(exchange) {
    const { scheduler, requestId } = exchange;
    const values = readFields(exchange.body, FIELDS, READ);
    checkCommon(values, scheduler.model.id);
    const requests = readRequests(exchange, values);
    const head = {
      id: `cmpl-${requestId}`,
      object: "text_completion",
      created: now(),
      model: scheduler.model.id,
    };
    const withIds = values.return_token_ids ?? scheduler.model.tokenizer === undefined;
    if (values.stream) {
      const channel = new Channel<GenerationEvent>();
      startStream(scheduler, requests, channel);
      return {
        events: chunks(channel, { head, withIds, usage: values.stream_options?.include_usage ?? false }),
      };
    }
    const results = await Promise.all(scheduler.submit(requests));
    const choices = results.map((result, index) => ({
      ...choice(index, result.text, result.finishReason),
      ...(withIds ? { token_ids: result.ids } : {}),
    }));
    return { json: { ...head, choices, usage: usageOf(results) } };
  },
};

type Values = ReturnType<typeof readFields<typeof FIELDS>>;

function readRequests({ scheduler, settings, signal }: Exchange, values: Values): GenerationRequest[] {
  const prompts = encodePrompts(scheduler, requireField(values.prompt, "prompt", PROMPT_WORDS));
  if (prompts.length > scheduler.room) {
    throw badField(
      "prompt",
      `${prompts.length} prompts are more than the ${scheduler.room} that can be taken on.`,
    );
  }
  const seed = seedOf(values.seed);
  const wanted = values.max_tokens ?? settings.defaultMaxTokens;
  return prompts.map(({ ids, param }, index) => ({
    ids,
    maxNewTokens: roomFor(ids, wanted, scheduler, param),
    sampling: samplingOf(values),
    // Equal prompts with one seed shall differ.
    seed: seed + index,
    stop: stopsOf(values.stop),
    stopTokens: [],
    signal,
  }));
}

function encodePrompts(scheduler: Scheduler, value: PromptField): { ids: Int32Array; param: string }[] {
  const single = typeof value === "string" || typeof value[0] === "number";
  const items = (single ? [value] : value) as readonly (string | readonly number[])[];
  return items.map((item, index) => {
    const param = single ? "prompt" : `prompt[${index}]`;
    if (typeof item === "string") return { ids: encodeText(scheduler, item, param), param };
    checkIds(item, scheduler.model.config.vocabSize, param);
    return { ids: Int32Array.from(item), param };
  });
}

function checkIds(ids: readonly number[], vocabSize: number, param: string): void {
  const at = ids.findIndex((id) => id < 0 || id >= vocabSize);
  if (at < 0) return;
  throw badField(
    `${param}[${at}]`,
    `${param}[${at}] must be a token id from 0 to ${vocabSize - 1}, got ${describe(ids[at])}.`,
  );
}

const choice = (index: number, text: string, finishReason: string | null) => ({
  text,
  index,
  logprobs: null,
  finish_reason: finishReason,
});

interface ChunkOptions {
  readonly head: object;
  readonly withIds: boolean;
  readonly usage: boolean;
}

async function* chunks(
  events: AsyncIterable<GenerationEvent>,
  { head, withIds, usage }: ChunkOptions,
): AsyncGenerator<object> {
  const results: GenerationResult[] = [];
  const extra = usage ? { usage: null } : {};
  for await (const event of events) {
    if ("text" in event) {
      yield { ...head, choices: [choice(event.index, event.text, null)], ...extra };
      continue;
    }
    const { ids, finishReason } = event.result;
    results.push(event.result);
    const last = { ...choice(event.index, "", finishReason), ...(withIds ? { token_ids: ids } : {}) };
    yield { ...head, choices: [last], ...extra };
  }
  if (usage) yield { ...head, choices: [], usage: usageOf(results) };
}
