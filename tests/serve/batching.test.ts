import assert from "node:assert/strict";
import { test } from "node:test";
import { createModel, Random, serve, type LanguageModel } from "gradlab";
import { assertRefused, get, post, send, stream, until } from "./client.js";
import { SENTENCES, slowModel, tinyModel, tokenizer, withService } from "./tiny.js";

const ROUTE = "/v1/completions";
const LONG = { prompt: SENTENCES[0], max_tokens: 400, temperature: 0 };

interface Case {
  readonly prompt: readonly number[];
  readonly max_tokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/** Prompts of many lengths, some with a common beginning; answers of many lengths, greedy and sampled. */
function cases(count: number, vocabSize: number): Case[] {
  const random = new Random(5);
  const ids = (length: number): number[] => Array.from({ length }, () => random.integer(vocabSize));
  const beginnings = [ids(70), ids(130), []];
  return Array.from({ length: count }, (_, i) => ({
    prompt: [...beginnings[random.integer(3)], ...ids(1 + random.integer(i % 3 === 0 ? 150 : 12))],
    max_tokens: 1 + random.integer(40),
    temperature: i % 2,
    seed: i,
  }));
}

const alone = (model: LanguageModel, { prompt, max_tokens: maxNewTokens, temperature, seed }: Case) =>
  model.generate(prompt, { maxNewTokens, temperature, seed });

test("an answer does not depend on who is beside it", async () => {
  const model = await tinyModel();
  await withService(model, { slots: 5 }, async (service) => {
    const requests = cases(40, model.config.vocabSize);
    const answers = await Promise.all(
      requests.map((body) => post(service, ROUTE, { ...body, return_token_ids: true })),
    );
    for (const [i, { json }] of answers.entries()) {
      const expected = await alone(model, requests[i]);
      assert.deepEqual(json.choices[0].token_ids, expected.ids, `request ${i}`);
      assert.equal(json.choices[0].text, expected.text);
    }
    const { running, waiting, cachedTokens, generatedTokens, requests: counts } = service.metrics();
    assert.ok(cachedTokens >= 64, "no common beginning was used again");
    assert.deepEqual([running, waiting], [0, 0]);
    assert.equal(
      generatedTokens,
      answers.reduce((sum, { json }) => sum + json.usage!.completion_tokens, 0),
    );
    assert.deepEqual(counts, { [`POST ${ROUTE}`]: { 200: 40 } });
  });
});

test("requests that come and go in the middle leave the others as they are", async () => {
  const model = await tinyModel();
  await withService(model, { slots: 4 }, async (service) => {
    const random = new Random(9);
    const leave = async (body: Case): Promise<void> => {
      const gone = new AbortController();
      const response = await send(
        service,
        ROUTE,
        { ...body, stream: true, max_tokens: 300 },
        { signal: gone.signal },
      );
      const reader = response.body!.getReader();
      for (let chunks = random.integer(6); chunks >= 0; chunks--) await reader.read();
      gone.abort();
      await reader.closed.catch(() => undefined);
    };
    const requests = cases(16, model.config.vocabSize);
    const leaving = cases(20, model.config.vocabSize).map(leave);
    const answers = await Promise.all(requests.map((body) => stream(service, ROUTE, { ...body })));
    await Promise.all(leaving);
    for (const [i, events] of answers.entries()) {
      const text = events.flatMap((event) => event.choices.map((choice) => choice.text)).join("");
      assert.equal(text, (await alone(model, requests[i])).text, `request ${i}`);
    }
    await until(() => service.metrics().running === 0);
  });
});

test("a client that goes away frees its slot, and its place in the queue", async () => {
  await withService(await slowModel(), { slots: 1, maxQueue: 2 }, async (service) => {
    const gone = [new AbortController(), new AbortController()];
    const lost = gone.map(({ signal }) => post(service, ROUTE, LONG, { signal }).catch(() => "gone"));
    await until(() => service.metrics().running === 1 && service.metrics().waiting === 1);
    const third = post(service, ROUTE, { ...LONG, max_tokens: 3 });
    await until(() => service.metrics().waiting === 2);
    gone[1].abort();
    await until(() => service.metrics().waiting === 1);
    gone[0].abort();
    assert.equal((await third).status, 200);
    assert.deepEqual(await Promise.all(lost), ["gone", "gone"]);
    const { cancelled, generatedTokens, requests } = service.metrics();
    assert.equal(cancelled, 2);
    assert.ok(generatedTokens < 400, "the first request was generated to its end");
    assert.deepEqual(requests, { [`POST ${ROUTE}`]: { 200: 1, 499: 2 } });
  });
});

test("a full queue refuses with 429, all prompts of a request or none", async () => {
  await withService(await slowModel(), { slots: 1, maxQueue: 2 }, async (service) => {
    const gone = new AbortController();
    const running = post(service, ROUTE, LONG, { signal: gone.signal }).catch(() => "gone");
    await until(() => service.metrics().running === 1);
    const three = await post(service, ROUTE, { ...LONG, prompt: ["a", "b", "c"] });
    assertRefused(three, { status: 429, code: "queue_full", words: /0 requests wait/ });
    assert.equal(service.metrics().waiting, 0);
    const two = post(service, ROUTE, { ...LONG, prompt: ["a", "b"], max_tokens: 2 });
    await until(() => service.metrics().waiting === 2);
    for (const extra of [{}, { stream: true }]) {
      const refused = await post(service, ROUTE, { ...LONG, ...extra });
      assertRefused(refused, { status: 429, words: /2 requests wait/ });
      assert.equal(refused.headers.get("retry-after"), "1");
    }
    gone.abort();
    assert.equal((await two).json.choices.length, 2);
    assert.equal(await running, "gone");
    assert.equal((await post(service, ROUTE, { ...LONG, max_tokens: 1 })).status, 200);
  });
});

test("the service answers while it generates, and a new request does not wait for the old ones", async () => {
  await withService(await slowModel(), { slots: 2 }, async (service) => {
    const long = post(service, ROUTE, LONG);
    await until(() => service.metrics().running === 1);
    const health = await get(service, "/healthz");
    assert.deepEqual(health.json, { status: "ok", model: "tiny", waiting: 0, running: 1 });
    const short = await post(service, ROUTE, { ...LONG, prompt: "the", max_tokens: 2 });
    assert.equal(short.status, 200);
    assert.equal(service.metrics().running, 1, "the long request ended first");
    assert.equal((await long).json.usage!.completion_tokens, 400);
  });
});

test("a request that takes too long is ended, whether it runs, streams or waits", async () => {
  await withService(await slowModel(), { slots: 1, requestTimeoutMs: 100 }, async (service) => {
    const [first, second] = await Promise.all([post(service, ROUTE, LONG), post(service, ROUTE, LONG)]);
    for (const answer of [first, second]) {
      assertRefused(answer, { status: 504, code: "request_timeout", words: /within 100 ms/ });
    }
    const streamed = await (await send(service, ROUTE, { ...LONG, stream: true })).text();
    assert.match(streamed, /^data: \{"error":\{"message":"The request was not done within 100 ms/m);
    assert.doesNotMatch(streamed, /\[DONE\]/);
    await until(() => service.metrics().running === 0);
    assert.equal(service.metrics().requests[`POST ${ROUTE}`][504], 3);
  });
});

test("close refuses new requests and lets accepted ones end", async () => {
  const model = await slowModel();
  const service = await serve(model, { slots: 1 });
  const body = { ...LONG, max_tokens: 60 };
  const running = post(service, ROUTE, body);
  await until(() => service.metrics().running === 1);
  const waiting = stream(service, ROUTE, { ...body, max_tokens: 2 });
  await until(() => service.metrics().waiting === 1);
  const closed = service.close();
  assert.equal(service.close(), closed);
  const refused = await post(service, ROUTE, body);
  assertRefused(refused, { status: 503, code: "shutting_down", words: /shutting down/ });
  assert.equal(refused.headers.get("retry-after"), "5");
  const health = await get(service, "/healthz");
  assert.deepEqual([health.status, health.json.status], [503, "closing"]);
  const { json } = await running;
  assert.equal(json.choices[0].text, (await model.generate(LONG.prompt, { maxNewTokens: 60 })).text);
  assert.ok((await waiting).length > 0);
  await closed;
  await assert.rejects(get(service, "/healthz"), /fetch failed/);
});

test("close ends what is not done within the grace time", async () => {
  const service = await serve(await slowModel(), { slots: 1, closeGraceMs: 0 });
  const [running, waiting] = [post(service, ROUTE, LONG), post(service, ROUTE, LONG)];
  await until(() => service.metrics().running === 1 && service.metrics().waiting === 1);
  await service.close();
  for (const answer of await Promise.all([running, waiting])) {
    assertRefused(answer, { status: 503, words: /shutting down/ });
  }
});

test("sequences of a recurrent model do not mix, and no beginning is used again", async () => {
  const sizes = { vocab_size: tokenizer.vocabSize, hidden_size: 32, num_hidden_layers: 2, state_size: 4 };
  const model = createModel({ model_type: "mamba", ...sizes }, { tokenizer });
  const table = model.parameters.get("backbone.embeddings.weight")!;
  table.assign(table.mul(40));
  await table.settle();
  await withService(model, { slots: 3 }, async (service) => {
    const requests = cases(12, model.config.vocabSize);
    const answers = await Promise.all(
      requests.map((body) => post(service, ROUTE, { ...body, return_token_ids: true })),
    );
    for (const [i, { json }] of answers.entries()) {
      assert.deepEqual(json.choices[0].token_ids, (await alone(model, requests[i])).ids, `request ${i}`);
    }
    assert.equal(service.metrics().cachedTokens, 0);
  });
});
