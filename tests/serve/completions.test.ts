import assert from "node:assert/strict";
import { test } from "node:test";
import { post, stream, type Json } from "./client.js";
import { CONTEXT, SENTENCES, tinyModel, tokenizer, withService } from "./tiny.js";

const ROUTE = "/v1/completions";
const textOf = (events: readonly Json[], index = 0): string =>
  events
    .flatMap((event) => [...event.choices])
    .filter((choice) => choice.index === index)
    .map((choice) => choice.text)
    .join("");

test("a completion is what model.generate gives, in OpenAI's shape", async () => {
  const model = await tinyModel();
  await withService(model, {}, async (service) => {
    const prompt = SENTENCES[0];
    const { status, json, headers } = await post(service, ROUTE, {
      model: "tiny",
      prompt,
      max_tokens: 20,
      temperature: 0,
      user: "someone",
      n: 1,
      logprobs: null,
      presence_penalty: 0,
      some_future_field: { a: 1 },
    });
    const expected = await model.generate(prompt, { maxNewTokens: 20 });
    assert.equal(status, 200);
    assert.deepEqual(json.choices, [
      { text: expected.text, index: 0, logprobs: null, finish_reason: "length" },
    ]);
    const promptTokens = tokenizer.encode(prompt).length;
    assert.deepEqual(json.usage, {
      prompt_tokens: promptTokens,
      completion_tokens: 20,
      total_tokens: promptTokens + 20,
      prompt_tokens_details: { cached_tokens: 0 },
    });
    assert.equal(json.object, "text_completion");
    assert.equal(json.model, "tiny");
    assert.equal(json.id, `cmpl-${headers.get("x-request-id")}`);
    assert.ok(Math.abs(Number(json.created) - Date.now() / 1000) < 3600);
  });
});

test("prompts may be texts, token ids, or lists of them; each choice has its index", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    const ids = SENTENCES.map((text) => [...tokenizer.encode(text)]);
    const ask = async (prompt: unknown): Promise<string[]> => {
      const { json } = await post(service, ROUTE, { prompt, max_tokens: 8, temperature: 0 });
      assert.deepEqual(
        json.choices.map((choice) => choice.index),
        json.choices.map((_, i) => i),
      );
      return json.choices.map((choice) => choice.text);
    };
    const texts = await ask(SENTENCES);
    assert.equal(texts.length, SENTENCES.length);
    assert.deepEqual(await ask(ids), texts);
    assert.deepEqual(await ask(ids[1]), [texts[1]]);
    assert.deepEqual(await ask(SENTENCES[2]), [texts[2]]);
    assert.ok(new Set(texts).size > 1);
  });
});

test("a stream says what the whole answer says, for greedy and sampled text", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    for (const sampling of [
      { temperature: 0 },
      { seed: 7 },
      { seed: 8, top_p: 0.9, top_k: 40, temperature: 1.3 },
    ]) {
      const body = { prompt: SENTENCES.slice(0, 2), max_tokens: 40, ...sampling };
      const whole = await post(service, ROUTE, body);
      const events = await stream(service, ROUTE, { ...body, stream_options: { include_usage: true } });
      for (const [index, choice] of whole.json.choices.entries())
        assert.equal(textOf(events, index), choice.text);
      const reasons = events.flatMap((event) => event.choices.map((choice) => choice.finish_reason));
      assert.equal(reasons.filter((reason) => reason === "length").length, 2);
      const last = events.at(-1)!;
      assert.deepEqual(last.choices, []);
      assert.equal(last.usage!.completion_tokens, 80);
      assert.ok(events.slice(0, -1).every((event) => event.usage === null));
      assert.ok(events.length > 20, `${events.length} events are no stream`);
    }
  });
});

test("a seed decides the sampling; without one answers differ", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    const ask = async (extra: object): Promise<string> =>
      (await post(service, ROUTE, { prompt: SENTENCES[0], max_tokens: 24, ...extra })).json.choices[0].text;
    assert.equal(await ask({ seed: 1 }), await ask({ seed: 1 }));
    assert.notEqual(await ask({ seed: 1 }), await ask({ seed: 2 }));
    assert.notEqual(await ask({}), await ask({}));
    assert.equal(await ask({ top_k: 1 }), await ask({ temperature: 0 }));
  });
});

test("a stop text ends the answer and no part of it is streamed", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    const body = { prompt: SENTENCES[0], max_tokens: 60, temperature: 0 };
    const full = (await post(service, ROUTE, body)).json.choices[0].text;
    // Long enough to span several tokens.
    const stop = full.slice(9, 21);
    const expected = full.slice(0, full.indexOf(stop));
    const { json } = await post(service, ROUTE, { ...body, stop });
    assert.equal(json.choices[0].text, expected);
    assert.equal(json.choices[0].finish_reason, "stop");
    assert.equal(textOf(await stream(service, ROUTE, { ...body, stop: ["never there", stop] })), expected);
    // A beginning that is not followed by the rest comes out after all.
    assert.equal(textOf(await stream(service, ROUTE, { ...body, stop: [`${stop}\u0000`] })), full);
  });
});

test("the model's end token stops the answer", async () => {
  const free = await tinyModel();
  const prompt = SENTENCES[0];
  const { ids } = await free.generate(prompt, { maxNewTokens: 12 });
  const end = ids[6];
  await withService(await tinyModel({ config: { eos_token_id: end } }), {}, async (service) => {
    const { json } = await post(service, ROUTE, {
      prompt,
      max_tokens: 12,
      temperature: 0,
      return_token_ids: true,
    });
    assert.deepEqual(json.choices[0].token_ids, ids.slice(0, ids.indexOf(end)));
    assert.equal(json.choices[0].finish_reason, "stop");
  });
});

test("an answer ends where the context ends", async () => {
  const model = await tinyModel();
  await withService(model, { contextLength: 40, defaultMaxTokens: 500 }, async (service) => {
    const prompt = Array.from({ length: 37 }, (_, i) => i + 10);
    const { json } = await post(service, ROUTE, { prompt, return_token_ids: true, temperature: 0 });
    // The last token needs no place of its own.
    assert.equal(json.usage!.completion_tokens, 4);
    assert.equal(json.choices[0].finish_reason, "length");
    const expected = await model.generate(prompt, { maxNewTokens: 4 });
    assert.deepEqual(json.choices[0].token_ids, expected.ids);
  });
});

test("a model without tokenizer takes and gives ids", async () => {
  const model = await tinyModel({ tokenizer: undefined });
  await withService(model, {}, async (service) => {
    const { json } = await post(service, ROUTE, { prompt: [5, 6, 7], max_tokens: 5, temperature: 0 });
    const expected = await model.generate([5, 6, 7], { maxNewTokens: 5 });
    assert.deepEqual(json.choices[0].token_ids, expected.ids);
  });
});

test("prompts with a known beginning are answered alike, and the beginning is not computed again", async () => {
  const model = await tinyModel();
  await withService(model, { slots: 3 }, async (service) => {
    const beginning = Array.from({ length: 200 }, (_, i) => (i * 7) % 290);
    const ask = async (prompt: readonly number[]): Promise<Json> =>
      (await post(service, ROUTE, { prompt, max_tokens: 12, temperature: 0, return_token_ids: true })).json;
    const cached = async (prompt: readonly number[], tokens: number): Promise<void> => {
      const json = await ask(prompt);
      assert.equal(json.usage!.prompt_tokens_details.cached_tokens, tokens);
      const expected = await model.generate(prompt, { maxNewTokens: 12 });
      assert.deepEqual(json.choices[0].token_ids, expected.ids);
    };
    await cached(beginning, 0);
    await cached([...beginning, 3, 4], 192);
    await cached(beginning.slice(0, 128), 64);
    // Only the last slot user's beginning is left where it was overwritten.
    await cached([9, ...beginning], 0);
    // Beside a running request the beginning is copied to another slot.
    const beside = await Promise.all([
      ...Array.from({ length: 3 }, (_, i) => ask([9, ...beginning, i])),
      ask([1, 2]),
    ]);
    const counts = beside.map((json) => json.usage!.prompt_tokens_details.cached_tokens);
    assert.deepEqual(counts, [192, 192, 192, 0]);
    for (const [i, json] of beside.slice(0, 3).entries()) {
      const expected = await model.generate([9, ...beginning, i], { maxNewTokens: 12 });
      assert.deepEqual(json.choices[0].token_ids, expected.ids);
    }
    assert.equal(service.metrics().cachedTokens, 192 + 64 + 3 * 192);
  });
});

test("the context is the model's positions unless the options say less", async () => {
  const model = await tinyModel();
  await withService(model, {}, async (service) => {
    const { status, json } = await post(service, ROUTE, {
      prompt: Array.from({ length: CONTEXT }, () => 5),
      max_tokens: 9,
    });
    assert.equal(status, 200);
    assert.equal(json.usage!.completion_tokens, 1);
  });
});
