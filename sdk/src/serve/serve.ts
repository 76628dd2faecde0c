import { createServer, STATUS_CODES, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { openModel, proxyWarnings, type LanguageModel } from "../models/index.js";
import { createHandler } from "./handler.js";
import { listen, urlOf } from "./listen.js";
import { Metrics } from "./metrics.js";
import { isLoopback, readOptions, type ServeOptions, type Settings } from "./options.js";
import { Refusal } from "./refusal.js";
import { Scheduler } from "./scheduler.js";
import { Service } from "./service.js";

/**
 * Serves a model over HTTP: `POST /predict`, OpenAI's `/v1/completions` and `/v1/chat/completions` (with streams),
 * `/v1/models`, `/healthz`, `/metrics` and `/openapi.json`. Requests are generated together, token by token, and no
 * answer depends on the others.
 *
 * The weights are those at the time of the call: later training does not change the service.
 *
 * @param model a live model, a folder, the id of a model that ships with gradlab, or the name of one of a hub; `weights` and
 *   `revision` are as in `loadModel`
 * @throws E_CONFIG naming the option; E_PORT_IN_USE; for a folder or a name what `loadModel` throws
 * @example
 * const service = await serve("gradlab/en-3m", { port: 8080 });
 * await fetch(`${service.url}/predict`, {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({ input: "Once upon a time" }),
 * });
 * await service.close();
 */
export async function serve(model: LanguageModel | string, options: ServeOptions = {}): Promise<Service> {
  const settings = readOptions(options);
  const metrics = new Metrics();
  const loaded = await openModel(model, settings);
  for (const { message } of proxyWarnings(loaded)) settings.log({ level: "warn", message });
  const scheduler = new Scheduler(loaded, {
    ...settings,
    metrics,
    onFault: (error) => logFault(settings, error),
  });
  await scheduler.warmUp();
  const startedAt = Math.floor(Date.now() / 1000);
  const server = createHttpServer(createHandler({ scheduler, metrics, settings, startedAt }));
  const port = await listen(server, settings.host, settings.port);
  const url = urlOf(settings.host, port);
  settings.log({ level: "info", message: `${loaded.id} answers at ${url}` });
  if (settings.apiKey === undefined && !isLoopback(settings.host)) {
    settings.log({ level: "warn", message: `Anyone who reaches ${settings.host} can use it: give apiKey.` });
  }
  return new Service({ server, scheduler, metrics, settings, url, port });
}

function createHttpServer(handler: ReturnType<typeof createHandler>): Server {
  const server = createServer(handler);
  // Without this Node invites every announced body, however large.
  server.on("checkContinue", handler);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuseBroken(error, socket));
  return server;
}

/** Answers what is not HTTP, which no handler sees. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const status =
    error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const refusal = new Refusal(status, `${STATUS_CODES[status]}.`, { code: "bad_http" });
  const body = `${JSON.stringify(refusal.body())}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const logFault = (settings: Settings, error: unknown): void =>
  settings.log({ level: "error", message: "The model failed while generating.", error });
