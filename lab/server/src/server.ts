import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { Guard, isLoopback, loginRoutes } from "./auth/index.js";
import { Channels } from "./channels/index.js";
import { configRoutes } from "./config/index.js";
import { Contents, contentsRoutes, NotebookStore } from "./contents/index.js";
import { dispatch, readAddress } from "./dispatch.js";
import { ServerError } from "./errors.js";
import { fileRoutes } from "./files/index.js";
import { FrontEnd, frontEndRoutes } from "./front-end/index.js";
import { Router } from "./http/index.js";
import { Kernels, kernelRoutes } from "./kernels/index.js";
import { KernelSpecs, kernelSpecRoutes } from "./kernelspecs/index.js";
import { listen } from "./listen/index.js";
import { type LabServerOptions, settle, type Settled } from "./options.js";
import { convertRoutes } from "./nbconvert/index.js";
import { pageRoutes } from "./pages/index.js";
import { RootFolder } from "./root/index.js";
import { runRoutes, Runs } from "./runs/index.js";
import { Sessions, sessionRoutes } from "./sessions/index.js";
import { SettingsStore, settingsRoutes } from "./settings/index.js";
import { statusRoutes } from "./status/index.js";
import { Notary, readSecret } from "./trust/index.js";
import { workspaceRoutes } from "./workspaces/index.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** ms between two writes of outputs whose page is gone. */
const WRITE_EVERY = 10_000;

/**
 * Starts a server of the Jupyter protocol; resolves when it listens. Throws ServerError where it cannot.
 *
 * @example
 * const server = await startLabServer({ root: "notebooks", port: 0 });
 * console.log(server.url); // http://127.0.0.1:40123/?token=…
 * await server.close();
 */
export async function startLabServer(options: LabServerOptions = {}): Promise<LabServer> {
  const server = new LabServer(settle(options));
  await server.start();
  return server;
}

/** A server and the kernels it runs. */
export class LabServer {
  readonly #settled: Settled;
  readonly #guard: Guard;
  readonly #router = new Router();
  readonly kernels: Kernels;
  readonly sessions: Sessions;
  readonly #channels: Channels;
  readonly #runs: Runs;
  readonly #contents: Contents;
  #server: Server | undefined;
  #port = 0;
  #lastRequest = new Date();
  #closing: Promise<void> | undefined;

  constructor(settled: Settled) {
    this.#settled = settled;
    const { baseUrl, dataFolder, env, log } = settled;
    const root = new RootFolder(settled.root, settled.allowHidden);
    const specs = new KernelSpecs(env);
    this.#guard = this.#makeGuard();
    const store = new NotebookStore(new Notary(dataFolder));
    this.#runs = new Runs({
      root,
      store,
      channels: () => this.#channels,
      pathOf: (kernelId) => this.sessions.pathOf(kernelId),
      log,
      writeEvery: WRITE_EVERY,
    });
    this.#channels = new Channels({ watch: this.#runs, pingEvery: settled.pingEvery });
    this.kernels = new Kernels({
      root,
      specs,
      cullIdle: settled.cullIdle,
      cullConnected: settled.cullConnected,
      log,
      onStart: (kernel) => [this.#channels.attach(kernel), this.#runs.listener(kernel)],
    });
    this.sessions = new Sessions(this.kernels);
    this.#contents = new Contents({
      root,
      store,
      hooks: this.#runs,
      deleteNonEmpty: settled.deleteNonEmpty,
      onRename: (from, to) => this.sessions.rename(from, to),
    });
    this.#addRoutes(root, specs, store, baseUrl);
  }

  get port(): number {
    return this.#port;
  }

  get token(): string {
    return this.#settled.token;
  }

  /** Where the server is, without the token. */
  get address(): string {
    const { ip, tls, baseUrl } = this.#settled;
    const host = ip.includes(":") ? `[${ip}]` : ip;
    return `${tls === undefined ? "http" : "https"}://${host}:${this.#port}${baseUrl}`;
  }

  /** What a browser opens: the address with the token. */
  get url(): string {
    return this.token === "" ? this.address : `${this.address}?token=${encodeURIComponent(this.token)}`;
  }

  async start(): Promise<void> {
    const { server, port } = await listen(this.#settled);
    this.#server = server;
    this.#port = port;
    this.#guard.listensOn(port);
    server.on("request", (request, response) => void this.#answer(request, response));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    server.on("clientError", (_error, socket) => socket.destroy());
  }

  /** Ends all kernels and connections; nothing is left when it resolves. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
    this.#runs.beginClose();
    this.#channels.close();
    await this.kernels.close();
    await this.#runs.close();
    await this.#contents.uploads.close();
    this.#server?.closeAllConnections();
    await closed;
  }

  #makeGuard(): Guard {
    const { token, passwordHash, dataFolder, baseUrl, tls, ip, allowedHosts, allowedOrigins } = this.#settled;
    return new Guard({
      token,
      passwordHash,
      secret: readSecret(join(dataFolder, "cookie_secret")),
      baseUrl,
      secure: tls !== undefined,
      boundToLoopback: isLoopback(ip),
      allowedHosts,
      allowedOrigins,
    });
  }

  #addRoutes(root: RootFolder, specs: KernelSpecs, store: NotebookStore, baseUrl: string): void {
    const { frontEnd: folder, configFolder, tutorialsPath, onShutdownRequest } = this.#settled;
    const frontEnd = new FrontEnd(folder);
    const [shipped, users] = [folder, configFolder].map((one) => join(one, "overrides.json"));
    const settings = new SettingsStore({
      schemas: join(folder, "schemas"),
      overrides: { shipped, users },
      folder: join(configFolder, "user-settings"),
    });
    const guard = this.#guard;
    for (const routes of [
      loginRoutes(guard, baseUrl),
      pageRoutes({ guard, frontEnd, root, baseUrl, tutorialsPath, settings: () => settings.all() }),
      frontEndRoutes(frontEnd),
      contentsRoutes(this.#contents, baseUrl),
      fileRoutes(root),
      convertRoutes(root, store),
      kernelSpecRoutes(specs, baseUrl),
      kernelRoutes(this.kernels, baseUrl),
      sessionRoutes(this.sessions, this.kernels, baseUrl),
      settingsRoutes(settings),
      runRoutes(this.#runs),
      workspaceRoutes(join(configFolder, "workspaces")),
      configRoutes(join(configFolder, "nbconfig")),
      statusRoutes({
        kernels: this.kernels,
        version,
        started: new Date(),
        lastRequest: () => this.#lastRequest,
        shutdown: onShutdownRequest,
      }),
    ]) {
      this.#router.add(routes);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#lastRequest = new Date();
    const { baseUrl, allowedOrigins, log } = this.#settled;
    await dispatch(
      { guard: this.#guard, router: this.#router, baseUrl, allowedOrigins, log },
      request,
      response,
    );
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    try {
      const { segments, query } = readAddress(request, this.#settled.baseUrl);
      this.#guard.admitUpgrade(request, query);
      const [api, what, id, last] = segments;
      const path = segments.join("/");
      if (path === "api/events/subscribe") return this.#channels.upgradeSilent(request, socket, head);
      if (api !== "api" || what !== "kernels" || last !== "channels" || segments.length !== 4) {
        throw new ServerError("E_NOT_FOUND", "There is no WebSocket at this address.");
      }
      const session = query.get("session_id") ?? "";
      this.#channels.upgrade(this.kernels, id, session, request, socket, head);
    } catch (error) {
      const status = error instanceof ServerError ? error.status : 500;
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
  }
}
