import assert from "node:assert/strict";
import { test } from "node:test";
import { GradlabError, loadModel, saveModel, serve, type LogEntry } from "gradlab";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { get, post, send } from "./client.js";
import { CONTEXT, SENTENCES, tinyModel, withService } from "./tiny.js";

const throwsCode = (promise: Promise<unknown>, code: string, words: RegExp): Promise<void> =>
  assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof GradlabError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });

test("a port in use is named, and free again after close", async () => {
  const model = await tinyModel();
  const first = await serve(model);
  const { port } = first;
  assert.equal(first.url, `http://127.0.0.1:${port}`);
  await throwsCode(
    serve(model, { port }),
    "E_PORT_IN_USE",
    new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is in use`),
  );
  await first.close();
  const second = await serve(model, { port });
  assert.equal(second.port, port);
  await second[Symbol.asyncDispose]();
  await throwsCode(serve(model, { host: "192.0.2.1" }), "E_CONFIG", /192\.0\.2\.1 is not an address/);
});

test("a wrong option is named with what it must be", async () => {
  const model = await tinyModel();
  const cases: [object, RegExp][] = [
    [{ prot: 1 }, /no option "prot"[^]*Did you mean port/],
    [{ port: 70_000 }, /port must be a whole number from 0 to 65535, got 70000[^]*default is 0/],
    [{ slots: 0 }, /slots must be a whole number from 1 to 256/],
    [{ maxQueue: -1 }, /maxQueue/],
    [{ requestTimeoutMs: Infinity }, /requestTimeoutMs/],
    [{ apiKey: "" }, /apiKey must be a text that is not empty/],
    [{ log: true }, /log must be a function/],
  ];
  for (const [options, words] of cases) await throwsCode(serve(model, options), "E_CONFIG", words);
  await throwsCode(serve("./no/such/folder"), "E_MODEL_NOT_FOUND", /no\/such\/folder/);
});

test("a folder is loaded and served", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gradlab-"));
  try {
    await saveModel(await tinyModel(), join(folder, "small"));
    const service = await serve(join(folder, "small"));
    const { json } = await post(service, "/predict", { input: SENTENCES[0], maxNewTokens: 8 });
    await service.close();
    const model = await loadModel(join(folder, "small"));
    assert.deepEqual(json, { output: (await model.generate(SENTENCES[0], { maxNewTokens: 8 })).text });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("the models route names the model and its context", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    const { json } = await get(service, "/v1/models");
    const [{ created, ...model }] = json.data as [{ created: number }];
    assert.deepEqual(model, { id: "tiny", object: "model", owned_by: "gradlab", context_length: CONTEXT });
    assert.ok(Math.abs(created - Date.now() / 1000) < 3600);
    assert.equal(json.object, "list");
  });
});

/** Samples of the exposition format by name and labels; fails on a line that is none. */
function parsePrometheus(text: string): Map<string, number> {
  assert.ok(text.endsWith("\n"));
  const samples = new Map<string, number>();
  for (const line of text.trimEnd().split("\n")) {
    if (/^# (HELP|TYPE) [a-z_]+ .+$/.test(line)) continue;
    const found = /^([a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) ([-+0-9.e]+)$/.exec(line);
    assert.ok(found, `not a sample: ${line}`);
    samples.set(found[1], Number(found[2]));
  }
  return samples;
}

test("metrics count requests, tokens and times", async () => {
  await withService(await tinyModel(), { slots: 3 }, async (service) => {
    const ids = [5, 6, 7, 8];
    await post(service, "/v1/completions", { prompt: [ids, ids], max_tokens: 6 });
    await send(service, "/predict", "{");
    await get(service, "/nowhere");
    const response = await fetch(`${service.url}/metrics`);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    const samples = parsePrometheus(await response.text());
    const value = (name: string): number | undefined => samples.get(`gradlab_${name}`);
    assert.equal(value('requests_total{route="POST /v1/completions",status="200"}'), 1);
    assert.equal(value('requests_total{route="POST /predict",status="400"}'), 1);
    assert.equal(value('requests_total{route="unknown",status="404"}'), 1);
    assert.equal(value("prompt_tokens_total"), 8);
    assert.equal(value("generated_tokens_total"), 12);
    assert.equal(value("time_to_first_token_seconds_count"), 2);
    assert.equal(value("time_per_output_token_seconds_count"), 10);
    assert.equal(value('time_to_first_token_seconds_bucket{le="+Inf"}'), 2);
    assert.equal(value('request_duration_seconds_count{route="POST /v1/completions"}'), 1);
    assert.equal(value("queue_depth"), 0);
    assert.equal(value("running_rows"), 0);
    assert.equal(value("slots"), 3);
    const buckets = [...samples].filter(([name]) =>
      name.startsWith("gradlab_time_to_first_token_seconds_bucket"),
    );
    assert.ok(
      buckets.every(([, count], i) => i === 0 || count >= buckets[i - 1][1]),
      "buckets are not cumulative",
    );
    const { timeToFirstToken, requestDuration, requests } = service.metrics();
    assert.ok(timeToFirstToken.mean > 0 && timeToFirstToken.mean <= requestDuration.sum);
    assert.deepEqual(requests["GET /metrics"], { 200: 1 });
  });
});

test("the OpenAPI description has every route, and its schemas are those that are checked", async () => {
  await withService(await tinyModel(), { apiKey: "k" }, async (service) => {
    const { json } = await get(service, "/openapi.json", { headers: { authorization: "Bearer k" } });
    const paths = json.paths as Record<string, Record<string, { requestBody?: unknown }>>;
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m} ${path}`),
    );
    assert.deepEqual(routes.toSorted(), [
      "get /healthz",
      "get /metrics",
      "get /openapi.json",
      "get /v1/models",
      "post /predict",
      "post /v1/chat/completions",
      "post /v1/completions",
    ]);
    assert.match(JSON.stringify(paths["/predict"].post.requestBody), /"maxNewTokens":\{.*"minimum":1/);
    assert.deepEqual(json.security, [{ key: [] }]);
  });
});

test("every request is logged with its id, and an open address is warned of", async () => {
  const entries: LogEntry[] = [];
  await withService(
    await tinyModel(),
    { host: "0.0.0.0", log: (entry) => entries.push(entry) },
    async (service) => {
      assert.match(service.url, /^http:\/\/127\.0\.0\.1:/);
      const { headers } = await get(service, "/healthz?probe=1");
      const line = entries.at(-1)!;
      assert.equal(line.requestId, headers.get("x-request-id"));
      assert.deepEqual([line.level, line.method, line.path, line.status], ["info", "GET", "/healthz", 200]);
      assert.ok(entries.some(({ level, message }) => level === "warn" && /apiKey/.test(message)));
    },
  );
});

test("a notebook shows the address and a line to try", async () => {
  await withService(await tinyModel(), {}, async (service) => {
    const show = (service as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("gradlab.display")
    ];
    const bundle = show.call(service);
    assert.ok(bundle["text/markdown"].includes(service.url));
    const curl = /curl -s (\S+) .*-d '(.+)'/.exec(bundle["text/plain"])!;
    const { pathname } = new URL(curl[1]);
    assert.equal((await post(service, pathname, curl[2])).status, 200);
    assert.ok(bundle["text/markdown"].includes(curl[0]));
  });
});
