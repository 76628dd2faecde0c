import { chatTemplateOf, encodeChat, type ChatMessage } from "../../text/index.js";
import { Channel } from "../channel.js";
import {
  describe,
  readFields,
  requireField,
  schemasOf,
  wholeNumber,
  type Field,
  type Fields,
} from "../fields.js";
import {
  checkCommon,
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
import { badField, Refusal } from "../refusal.js";
import type { GenerationRequest } from "../sequence.js";
import { now, type Exchange, type Route } from "./route.js";

const ROLES = ["system", "developer", "user", "assistant"];

/** A message as it is sent: content may also be a list of text parts. */
interface MessageField {
  readonly role: string;
  readonly content: string | readonly { readonly type: "text"; readonly text: string }[];
}

const messages: Field<readonly MessageField[]> = {
  schema: {
    type: "array",
    minItems: 1,
    items: {
      type: "object",
      required: ["role", "content"],
      properties: { role: { enum: ROLES }, content: { type: "string" } },
    },
  },
  fault(value, path) {
    if (!Array.isArray(value) || value.length === 0) {
      return badField(
        path,
        `${path} must be an array of messages, got ${describe(value)}.`,
        "Send at least one.",
      );
    }
    const faults = value.map((message: unknown, i) => messageFault(message, `${path}[${i}]`));
    return faults.find((fault) => fault !== undefined);
  },
};

function messageFault(value: unknown, path: string): Refusal | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return badField(path, `${path} must be an object with role and content, got ${describe(value)}.`);
  }
  const { role, content } = value as { role?: unknown; content?: unknown };
  const must = (name: string, expected: string, got: unknown): Refusal =>
    badField(
      `${path}.${name}`,
      `${path}.${name} must be ${expected}, got ${got === undefined ? "nothing" : describe(got)}.`,
    );
  if (!ROLES.includes(role as string)) return must("role", ROLES.join(", "), role);
  if (typeof content === "string" || (Array.isArray(content) && content.every(isTextPart))) return undefined;
  return must("content", 'a text, or an array of {"type": "text", "text": …}', content);
}

const isTextPart = (part: unknown): boolean =>
  typeof part === "object" &&
  part !== null &&
  (part as { type?: unknown }).type === "text" &&
  typeof (part as { text?: unknown }).text === "string";

const FIELDS = { ...GENERATION_FIELDS, messages, max_completion_tokens: wholeNumber(1) } satisfies Fields;
const READ = {
  unsupported: {
    ...UNSUPPORTED,
    top_logprobs: [0],
    tools: [[]],
    tool_choice: ["none", "auto"],
    functions: [[]],
    function_call: ["none", "auto"],
    response_format: [{ type: "text" }],
    modalities: [["text"]],
  },
  ignored: [...IGNORED, "parallel_tool_calls"],
};

/** `POST /v1/chat/completions`: the assistant's next message, in the shape of OpenAI's API. */
export const chatCompletions: Route = {
  method: "POST",
  path: "/v1/chat/completions",
  summary: "Answer a conversation (OpenAI's chat completions).",
  body: { type: "object", required: ["messages"], properties: schemasOf(FIELDS) },
  async handle(exchange) {
    const { scheduler, requestId } = exchange;
    const values = readFields(exchange.body, FIELDS, READ);
    checkCommon(values, scheduler.model.id);
    const request = readRequest(exchange, values);
    const head = { id: `chatcmpl-${requestId}`, created: now(), model: scheduler.model.id };
    if (values.stream) {
      const channel = new Channel<GenerationEvent>();
      startStream(scheduler, [request], channel);
      const usage = values.stream_options?.include_usage ?? false;
      return { events: chunks(channel, { ...head, object: "chat.completion.chunk" }, usage) };
    }
    const result = await scheduler.submit([request])[0];
    const message = { role: "assistant", content: result.text, refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: result.finishReason }];
    return { json: { ...head, object: "chat.completion", choices, usage: usageOf([result]) } };
  },
};

type Values = ReturnType<typeof readFields<typeof FIELDS>>;

function readRequest({ scheduler, settings, signal }: Exchange, values: Values): GenerationRequest {
  const { tokenizer, id } = scheduler.model;
  const conversation = requireField(values.messages, "messages", "an array of messages").map(plainMessage);
  if (!tokenizer) {
    throw new Refusal(400, `${id} has no tokenizer, so it cannot chat.`, {
      param: "messages",
      code: "no_tokenizer",
    });
  }
  const end = tokenizer.idOf(chatTemplateOf(tokenizer).endOfTurn);
  const { ids } = encodeChat(conversation, tokenizer, { addGenerationPrompt: true });
  const wanted = values.max_completion_tokens ?? values.max_tokens ?? settings.defaultMaxTokens;
  return {
    ids,
    maxNewTokens: roomFor(ids, wanted, scheduler, "messages"),
    sampling: samplingOf(values),
    seed: seedOf(values.seed),
    stop: stopsOf(values.stop),
    stopTokens: end === undefined ? [] : [end],
    signal,
  };
}

function plainMessage({ role, content }: MessageField): ChatMessage {
  return {
    role: (role === "developer" ? "system" : role) as ChatMessage["role"],
    content: typeof content === "string" ? content : content.map((part) => part.text).join(""),
  };
}

async function* chunks(
  events: AsyncIterable<GenerationEvent>,
  head: object,
  usage: boolean,
): AsyncGenerator<object> {
  const extra = usage ? { usage: null } : {};
  const chunk = (delta: object, finishReason: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...extra,
  });
  yield chunk({ role: "assistant", content: "" });
  for await (const event of events) {
    if ("text" in event) yield chunk({ content: event.text });
    else {
      yield chunk({}, event.result.finishReason);
      if (usage) yield { ...head, choices: [], usage: usageOf([event.result]) };
    }
  }
}
