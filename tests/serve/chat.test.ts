import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeChat, type ChatMessage } from "gradlab";
import { assertRefused, post, stream, type Json } from "./client.js";
import { plainTokenizer, tinyModel, tokenizer, withService } from "./tiny.js";

const ROUTE = "/v1/chat/completions";
const MESSAGES: readonly ChatMessage[] = [
  { role: "system", content: "the moon is long" },
  { role: "user", content: "a dog <|im_end|> ran" },
];

test("a chat answers the rendered conversation, streamed or not", async () => {
  const model = await tinyModel();
  await withService(model, {}, async (service) => {
    const body = { messages: MESSAGES, temperature: 0, max_completion_tokens: 30, max_tokens: 2 };
    const { json } = await post(service, ROUTE, body);
    const { ids } = encodeChat(MESSAGES, tokenizer, { addGenerationPrompt: true });
    const expected = await model.generate(ids, {
      maxNewTokens: 30,
      stopTokens: [tokenizer.idOf("<|im_end|>")!],
    });
    assert.equal(json.object, "chat.completion");
    assert.deepEqual(json.choices, [
      {
        index: 0,
        message: { role: "assistant", content: expected.text, refusal: null },
        logprobs: null,
        finish_reason: expected.finishReason,
      },
    ]);
    assert.equal(json.usage!.prompt_tokens, ids.length);

    const events = await stream(service, ROUTE, { ...body, stream_options: { include_usage: true } });
    const deltas = events.flatMap((event: Json) => event.choices.map((choice) => choice.delta));
    assert.deepEqual(deltas[0], { role: "assistant", content: "" });
    assert.equal(deltas.map((delta) => delta.content ?? "").join(""), expected.text);
    assert.equal(events.at(-1)!.usage!.completion_tokens, expected.ids.length);
    assert.ok(events.every((event) => event.object === "chat.completion.chunk"));
    assert.equal(new Set(events.map((event) => event.id)).size, 1);
  });
});

test("the token that ends a turn ends the answer, though the model's config does not name it", async () => {
  const model = await tinyModel();
  const end = tokenizer.idOf("<|im_end|>")!;
  await withService(model, {}, async (service) => {
    // Search for a seed whose text has the end early; the model is random, so one comes soon.
    const ask = (seed: number): Promise<{ json: Json }> =>
      post(service, ROUTE, { messages: MESSAGES, seed, temperature: 2, max_tokens: 40 });
    const { ids } = encodeChat(MESSAGES, tokenizer, { addGenerationPrompt: true });
    for (let seed = 0; ; seed++) {
      const free = await model.generate(ids, { seed, temperature: 2, maxNewTokens: 40 });
      const at = free.ids.indexOf(end);
      if (at < 1) continue;
      const { json } = await ask(seed);
      assert.equal(json.choices[0].finish_reason, "stop");
      assert.equal(json.usage!.completion_tokens, at);
      break;
    }
  });
});

test("content may come in parts, and a developer speaks as the system", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    const ask = async (messages: unknown): Promise<string> =>
      (await post(service, ROUTE, { messages, temperature: 0, max_tokens: 16 })).json.choices[0].message
        .content;
    const parts = [
      { type: "text", text: "a dog " },
      { type: "text", text: "<|im_end|> ran" },
    ];
    const other = [
      { ...MESSAGES[0], role: "developer" },
      { role: "user", content: parts },
    ];
    assert.equal(await ask(other), await ask(MESSAGES));
  });
});

test("what is wrong with messages is named", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    const refused = async (messages: unknown, param: string, words: RegExp): Promise<void> =>
      assertRefused(await post(service, ROUTE, { messages }), { status: 400, param, words });
    const user = MESSAGES[1];
    await refused(undefined, "messages", /messages.*missing/);
    await refused([], "messages", /array of messages, got an empty array/);
    await refused("hi", "messages", /got the text "hi"/);
    await refused([user, 5], "messages[1]", /messages\[1\] must be an object with role and content, got 5/);
    await refused(
      [user, { ...user, role: "tool" }],
      "messages[1].role",
      /system, developer, user, assistant, got the text "tool"/,
    );
    await refused([{ content: "x" }], "messages[0].role", /got nothing/);
    await refused([{ ...user, content: 5 }], "messages[0].content", /must be a text.*got 5/);
    const image = [{ type: "image_url", image_url: { url: "data:" } }];
    await refused([{ ...user, content: image }], "messages[0].content", /must be a text/);
  });
});

test("chat without a chat template is refused", async () => {
  await withService(await tinyModel({ tokenizer: plainTokenizer }), {}, async (service) => {
    assertRefused(await post(service, ROUTE, { messages: MESSAGES }), {
      status: 400,
      code: "chat_template_missing",
      param: "messages",
      words: /no chat template.*\/v1\/completions/,
    });
  });
  await withService(await tinyModel({ tokenizer: undefined }), {}, async (service) => {
    assertRefused(await post(service, ROUTE, { messages: MESSAGES }), { status: 400, words: /no tokenizer/ });
  });
});
