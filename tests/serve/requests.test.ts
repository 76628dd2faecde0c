import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { serve, type Service } from "gradlab";
import { assertRefused, get, post, send, type Answer } from "./client.js";
import { CONTEXT, tinyModel, tokenizer, withService } from "./tiny.js";

const COMPLETIONS = "/v1/completions";
let service: Service;

before(async () => {
  service = await serve(await tinyModel(), { slots: 2, maxQueue: 3 });
});
after(() => service.close());

test("an unknown path lists the routes", async () => {
  for (const path of ["/", "/v1/complete", "/v1/models/", "//predict", "/%00", "/predict/../x"]) {
    const answer = await get(service, path);
    assertRefused(answer, { status: 404, code: "not_found", words: /POST \/v1\/completions.*GET \/healthz/ });
  }
  assertRefused(await post(service, "/predictt", {}), { status: 404, words: /nothing at \/predictt/ });
});

test("another method is answered with those allowed", async () => {
  const wrongGet = await get(service, "/predict?x=1");
  assertRefused(wrongGet, { status: 405, words: /Use POST/ });
  assert.equal(wrongGet.headers.get("allow"), "POST");
  const wrongPost = await post(service, "/healthz", {});
  assertRefused(wrongPost, { status: 405, words: /Use GET, HEAD/ });
  assert.equal(wrongPost.headers.get("allow"), "GET, HEAD");
  const head = await fetch(`${service.url}/healthz`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
});

test("text that is not JSON is placed", async () => {
  const cases: [string, RegExp][] = [
    ["", /body is empty/],
    ['{"prompt": "a",\n "max_tokens": }', /line 2, column 16/],
    ['{"prompt": "a"', /line 1, column 15/],
    ["{'prompt': 1}", /line 1, column 2/],
  ];
  for (const [body, words] of cases) {
    assertRefused(await post(service, COMPLETIONS, body), { status: 400, code: "invalid_json", words });
  }
  for (const body of ["[]", "null", '"text"', "3"]) {
    assertRefused(await post(service, COMPLETIONS, body), { status: 400, words: /must be a JSON object/ });
  }
  const bytes = await fetch(service.url + COMPLETIONS, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: Buffer.from([0x7b, 0xff, 0x7d]),
  });
  assert.equal(bytes.status, 400);
  assert.match(await bytes.text(), /not UTF-8/);
});

test("another kind of content is refused", async () => {
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin1",
  ]) {
    const answer = await post(service, "/predict", { input: "a" }, { headers: { "content-type": type } });
    assertRefused(answer, { status: 415, words: /content-type: application\/json/ });
  }
  const zipped = await post(service, "/predict", { input: "a" }, { headers: { "content-encoding": "gzip" } });
  assertRefused(zipped, { status: 415, words: /gzip/ });
  const fine = { headers: { "content-type": 'Application/JSON; charset="UTF-8"' } };
  assert.equal((await post(service, "/predict", { input: "the cat", maxNewTokens: 1 }, fine)).status, 200);
});

test("a body over 1 MiB is refused, announced or not, and the service goes on", async () => {
  const large = JSON.stringify({ input: "x".repeat(1_100_000) });
  assertRefused(await post(service, "/predict", large), { status: 413, words: /larger than 1048576 bytes/ });
  const chunked = request(`${service.url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
  });
  const answered = once(chunked, "response");
  chunked.end(large);
  const [response] = (await answered) as [{ statusCode: number; resume(): void }];
  assert.equal(response.statusCode, 413);
  response.resume();
  // Asked for permission first, it is refused before a byte is sent.
  const asking = request(`${service.url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": 50_000_000, expect: "100-continue" },
  });
  asking.on("continue", () => assert.fail("50 MB were invited"));
  asking.flushHeaders();
  const [early] = (await once(asking, "response")) as [{ statusCode: number; resume(): void }];
  assert.equal(early.statusCode, 413);
  early.resume();
  asking.destroy();
  const allowed = request(`${service.url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", expect: "100-continue" },
  });
  allowed.on("continue", () => allowed.end('{"input": "the", "maxNewTokens": 1}'));
  allowed.flushHeaders();
  const [late] = (await once(allowed, "response")) as [{ statusCode: number; resume(): void }];
  assert.equal(late.statusCode, 200);
  late.resume();
});

test("what is not HTTP gets an answer, too", async () => {
  const socket = connect(service.port, "127.0.0.1");
  socket.setEncoding("utf8");
  socket.write("HELLO\r\n\r\n");
  const parts = (await socket.toArray()) as string[];
  assert.match(parts.join(""), /^HTTP\/1\.1 400 Bad Request\r\n[^]*"code":"bad_http"/);
});

test("a wrong field is named with what it must be and what it is", async () => {
  const cases: [object, string, RegExp][] = [
    [{}, "prompt", /"prompt" is missing.*text/],
    [{ prompt: 5 }, "prompt", /prompt must be a text.*got 5/],
    [{ prompt: [] }, "prompt", /got an empty array/],
    [{ prompt: ["a", 1] }, "prompt", /got an array of 2/],
    [{ prompt: [[1], []] }, "prompt[1]", /prompt\[1\] is empty/],
    [{ prompt: [1, 2, tokenizer.vocabSize] }, "prompt[2]", /token id from 0 to \d+, got \d+/],
    [{ prompt: [[1], [2, -1]] }, "prompt[1][1]", /got -1/],
    [{ prompt: "" }, "prompt", /empty/],
    [{ prompt: ["a", "b", "c", "d", "e", "f"] }, "prompt", /6 prompts are more than the 5/],
    [{ prompt: "a", max_tokens: 0 }, "max_tokens", /whole number ≥ 1, got 0/],
    [{ prompt: "a", max_tokens: 1.5 }, "max_tokens", /got 1.5/],
    [{ prompt: "a", max_tokens: "9" }, "max_tokens", /got the text "9"/],
    [{ prompt: "a", temperature: -1 }, "temperature", /a number ≥ 0, got -1/],
    [{ prompt: "a", temperature: true }, "temperature", /got true/],
    [{ prompt: "a", top_p: 0 }, "top_p", /above 0 and at most 1, got 0/],
    [{ prompt: "a", top_p: 1.01 }, "top_p", /got 1.01/],
    [{ prompt: "a", top_k: 0 }, "top_k", /got 0/],
    [{ prompt: "a", seed: 0.5 }, "seed", /whole number, got 0.5/],
    [{ prompt: "a", stop: "" }, "stop", /none of them empty, got the text ""/],
    [{ prompt: "a", stop: [1] }, "stop", /got an array of 1/],
    [{ prompt: "a", stream: "yes" }, "stream", /true or false/],
    [{ prompt: "a", stream_options: { include_usage: true } }, "stream_options", /"stream": true/],
    [{ prompt: "a", stream: true, stream_options: 1 }, "stream_options", /include_usage/],
    [{ prompt: "a", n: 2 }, "n", /n 2 is not supported.*1/],
    [{ prompt: "a", logprobs: 0 }, "logprobs", /logprobs 0 is not supported/],
    [{ prompt: "a", echo: true }, "echo", /echo true is not supported/],
    [{ prompt: "a", logit_bias: { 5: 1 } }, "logit_bias", /not supported/],
    [{ prompt: "a", frequency_penalty: 0.1 }, "frequency_penalty", /not supported/],
    [{ prompt: "a", maxTokens: 5 }, "maxTokens", /Did you mean max_tokens/],
    [{ prompt: "a", temprature: 5 }, "temprature", /Did you mean temperature/],
    [{ promt: "a" }, "promt", /Did you mean prompt/],
  ];
  for (const [body, param, words] of cases) {
    assertRefused(await post(service, COMPLETIONS, body), { status: 400, param, words });
  }
  const before = service.metrics().generatedTokens;
  assert.equal(service.metrics().running, 0);
  assert.equal(service.metrics().generatedTokens, before);
});

test("fields that mean nothing here are read over", async () => {
  const extra = {
    user: "u",
    store: false,
    metadata: { a: "b" },
    service_tier: "auto",
    best_of: 1,
    echo: false,
    suffix: null,
    logit_bias: {},
    x_new: 1,
    reasoning_effort: "low",
  };
  const { status } = await post(service, COMPLETIONS, { prompt: "the", max_tokens: 1, ...extra });
  assert.equal(status, 200);
  const body = '{"prompt": "the", "max_tokens": 1, "hasOwnProperty": {"stream": true}, "constructor": 1}';
  assert.equal((await post(service, COMPLETIONS, body)).status, 200);
});

test("another model's name is refused", async () => {
  const answer = await post(service, COMPLETIONS, { prompt: "the", model: "gpt-9" });
  assertRefused(answer, { status: 404, code: "model_not_found", param: "model", words: /"gpt-9".*"tiny"/ });
});

test("a prompt longer than the context is refused with both lengths", async () => {
  const prompt = Array.from({ length: CONTEXT + 9 }, () => 5);
  assertRefused(await post(service, COMPLETIONS, { prompt }), {
    status: 400,
    code: "context_length_exceeded",
    param: "prompt",
    words: new RegExp(`${CONTEXT + 9} tokens.*${CONTEXT}.*by 9 tokens`),
  });
  const input = ["the", "q z ".repeat(400)];
  const answer = await post(service, "/predict", { input });
  assertRefused(answer, { status: 400, param: "input[1]", words: /context holds 512/ });
});

test("predict answers a text with a text and texts with texts", async () => {
  const model = await tinyModel();
  const options = { maxNewTokens: 10 };
  const one = await post(service, "/predict", { input: "the cat", ...options });
  const expected = (await model.generate("the cat", options)).text;
  assert.deepEqual(one.json, { output: expected });
  const many = await post(service, "/predict", { input: ["the cat", "a dog"], ...options });
  assert.deepEqual(many.json, { output: [expected, (await model.generate("a dog", options)).text] });
  const sampled = await post(service, "/predict", {
    input: "the cat",
    ...options,
    temperature: 1,
    seed: 5,
    topK: 20,
  });
  const same = await model.generate("the cat", { ...options, temperature: 1, seed: 5, topK: 20 });
  assert.deepEqual(sampled.json, { output: same.text });
});

test("predict refuses every field it does not know", async () => {
  const refused = async (body: object, param: string, words: RegExp): Promise<void> =>
    assertRefused(await post(service, "/predict", body), { status: 400, param, words });
  await refused({ text: "a" }, "text", /Fields: input, maxNewTokens/);
  await refused({ input: "a", max_new_tokens: 5 }, "max_new_tokens", /Did you mean maxNewTokens/);
  await refused({}, "input", /"input" is missing/);
  await refused({ input: [] }, "input", /an array of texts, got an empty array/);
  await refused({ input: { a: 1 } }, "input", /got an object/);
});

test("an API key guards every route but the health", async () => {
  await withService(await tinyModel(), { apiKey: "secret-1" }, async (guarded) => {
    const ask = (headers: Record<string, string>): Promise<Answer> =>
      post(guarded, "/predict", { input: "the", maxNewTokens: 1 }, { headers });
    const none = await ask({});
    assertRefused(none, { status: 401, code: "invalid_api_key", words: /needs an API key/ });
    assert.equal(none.headers.get("www-authenticate"), "Bearer");
    for (const authorization of ["Bearer secret-2", "secret-1", "Basic secret-1", "Bearer secret-1x"]) {
      assertRefused(await ask({ authorization }), { status: 401, words: /key is wrong/ });
    }
    assert.equal((await ask({ authorization: "Bearer secret-1" })).status, 200);
    assert.equal((await get(guarded, "/healthz")).status, 200);
    assert.equal((await get(guarded, "/metrics")).status, 401);
    assert.equal((await get(guarded, "/v1/models")).status, 401);
    const shown = (guarded as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("gradlab.display")
    ]();
    assert.doesNotMatch(JSON.stringify(shown), /secret-1/);
  });
});

test("a refused body does not become the next request of its connection", async () => {
  const response = await send(service, "/nowhere", "GET /healthz HTTP/1.1\r\n\r\n".repeat(4000));
  assert.equal(response.status, 404);
  await response.text();
  assert.equal((await get(service, "/healthz")).status, 200);
});

test("a fault while answering says nothing of the inside, and is logged", async () => {
  const faults: unknown[] = [];
  // The model gives ids its tokenizer does not have.
  const model = await tinyModel({ config: { vocab_size: 3000 } });
  await withService(
    model,
    { log: ({ level, error }) => level === "error" && faults.push(error) },
    async (broken) => {
      const body = { prompt: "the cat", max_tokens: 50, temperature: 2, seed: 1 };
      assertRefused(await post(broken, COMPLETIONS, body), {
        status: 500,
        code: "generation_failed",
        words: /^The model failed while generating\.$/,
      });
      const streamed = await (await send(broken, COMPLETIONS, { ...body, stream: true })).text();
      assert.match(streamed, /data: \{"error":\{"message":"The model failed/);
      assert.doesNotMatch(streamed, /\[DONE\]/);
      assert.match(String(faults[0]), /E_INDEX/);
      assert.equal(broken.metrics().running, 0);
      assert.equal((await get(broken, "/healthz")).status, 200);
    },
  );
});
