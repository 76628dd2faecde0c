import type { Server } from "node:http";
import type { Metrics, ServiceMetrics } from "./metrics.js";
import { isLoopback, type Settings } from "./options.js";
import { ROUTES } from "./routes/index.js";
import type { Scheduler } from "./scheduler.js";

/** Milliseconds the last answers have to leave once everything is generated. */
const FLUSH_MS = 1000;

export interface ServiceParts {
  readonly server: Server;
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly url: string;
  readonly port: number;
}

/** A model that answers over HTTP, until `close()`. */
export class Service {
  /** Where it listens: "http://127.0.0.1:8080". */
  readonly url: string;
  readonly port: number;
  readonly #parts: ServiceParts;
  #closing: Promise<void> | undefined;

  constructor(parts: ServiceParts) {
    this.url = parts.url;
    this.port = parts.port;
    this.#parts = parts;
  }

  /** What it has done so far; GET /metrics gives the same to Prometheus. */
  metrics(): ServiceMetrics {
    return this.#parts.metrics.snapshot(this.#parts.scheduler.load());
  }

  /**
   * Refuses new requests with 503, lets those that were accepted end (for `closeGraceMs` at most) and frees the port.
   * Calling it again waits for the same end.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What a notebook shows. */
  [Symbol.for("gradlab.display")](): Record<string, string> {
    const { model } = this.#parts.scheduler;
    const { host, apiKey } = this.#parts.settings;
    const key = apiKey === undefined ? "" : ` -H "authorization: Bearer $API_KEY"`;
    const curl = `curl -s ${this.url}/predict -H "content-type: application/json"${key} -d '{"input": "Once upon a time"}'`;
    const routes = ROUTES.map(({ method, path, summary }) => `| \`${method} ${path}\` | ${summary} |`);
    const exposed = apiKey === undefined && !isLoopback(host);
    const markdown = [
      `**${model.id}** answers at [${this.url}](${this.url}/healthz)`,
      ...(exposed ? ["", `**Anyone who reaches ${host} can use it**: give \`apiKey\` to change that.`] : []),
      "",
      "```sh",
      curl,
      "```",
      "",
      "| route | |",
      "| --- | --- |",
      ...routes,
    ];
    return {
      "text/markdown": markdown.join("\n"),
      "text/plain": `${model.id} answers at ${this.url}\n${curl}`,
    };
  }

  async #close(): Promise<void> {
    const { server, scheduler, settings } = this.#parts;
    await scheduler.close(settings.closeGraceMs);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const timer = setTimeout(() => server.closeAllConnections(), FLUSH_MS);
    await closed;
    clearTimeout(timer);
  }
}
