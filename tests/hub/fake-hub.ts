import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What the server does with the next requests for a path, one after the other. */
export type Trick = (request: IncomingMessage, response: ServerResponse) => void;

/** One request that came for bytes. */
export interface Served {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  bytes: number;
}

interface Entry {
  readonly bytes: Buffer;
  readonly large: boolean;
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
export const gitSha = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/**
 * The hub's HTTP on a free port of this machine: what a revision is, what it holds, and bytes, large ones by a redirect to
 * a store on another port that knows no token.
 */
export class FakeHub {
  readonly served: Served[] = [];
  /** Requests to the interface of JSON. */
  readonly asked: string[] = [];
  readonly tricks = new Map<string, Trick[]>();
  commit = COMMIT;
  /** Milliseconds between pieces of 64 KiB of a large file. */
  pace = 0;
  /** Asked for, if set. */
  token: string | undefined;
  gated = false;
  readonly #files = new Map<string, Entry>();
  readonly #hub: Server;
  readonly #store: Server;

  private constructor(readonly repo: string) {
    this.#hub = createServer((request, response) => this.#answer(request, response));
    this.#store = createServer((request, response) => {
      const path = decodeURIComponent(request.url!.replace("/bytes/", "").replace(/\?.*/, ""));
      this.#bytes(path, this.#files.get(path)!, request, response);
    });
  }

  static async start(repo: string): Promise<FakeHub> {
    const hub = new FakeHub(repo);
    for (const server of [hub.#hub, hub.#store])
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  get #storeUrl(): string {
    return `http://127.0.0.1:${(this.#store.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const server of [this.#hub, this.#store]) {
      server.closeAllConnections();
      server.close();
    }
  }

  put(path: string, content: string | Uint8Array, large = false): void {
    this.#files.set(path, { bytes: Buffer.from(content), large });
  }

  hashOf(path: string): string {
    const { bytes, large } = this.#files.get(path)!;
    return large ? sha256(bytes) : gitSha(bytes);
  }

  trick(path: string, ...tricks: Trick[]): void {
    this.tricks.set(path, tricks);
  }

  /** Bytes that went out for a file. */
  bytesOf(path: string): number {
    return this.served.filter((one) => one.path === path).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.endpoint);
    const path = decodeURIComponent(url.pathname);
    const api = `/api/${this.repo.startsWith("datasets/") ? "" : "models/"}${this.repo}/`;
    if (path.startsWith("/api/")) this.asked.push(path);
    const name = path.startsWith(`/${this.repo}/resolve/`)
      ? path.split("/resolve/")[1].replace(/^[^/]+\//, "")
      : path;
    const trick = this.tricks.get(name)?.shift();
    if (trick) return trick(request, response);
    const refusal = this.#refusal(request, path);
    if (refusal) return refuse(response, ...refusal);
    if (path.startsWith(`${api}revision/`))
      return this.#revision(path.slice(`${api}revision/`.length), response);
    if (path.startsWith(`${api}tree/${this.commit}`)) return json(response, this.#entries());
    if (path === `${api}paths-info/${this.commit}`) return this.#pathsInfo(request, response);
    const file = this.#files.get(name);
    if (file === undefined) return refuse(response, 404, "EntryNotFound");
    if (file.large) return this.#redirect(name, request, response);
    return this.#bytes(name, file, request, response);
  }

  #refusal(request: IncomingMessage, path: string): readonly [number, string] | undefined {
    const known = this.token === undefined || request.headers.authorization === `Bearer ${this.token}`;
    if (this.gated && !known) return [request.headers.authorization ? 403 : 401, "GatedRepo"];
    if (!known) return [401, "RepoNotFound"];
    return path.includes(this.repo) ? undefined : [404, "RepoNotFound"];
  }

  #revision(revision: string, response: ServerResponse): void {
    if (!["main", "v1", this.commit].includes(revision)) return refuse(response, 404, "RevisionNotFound");
    return json(response, { _id: "1", id: this.repo, sha: this.commit, lastModified: new Date(0) });
  }

  #entries(): object[] {
    return [...this.#files].map(([path, { bytes, large }]) => ({
      type: "file",
      path,
      size: bytes.length,
      oid: large ? gitSha(Buffer.from("pointer")) : gitSha(bytes),
      ...(large ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } } : {}),
    }));
  }

  #pathsInfo(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const { paths } = JSON.parse(body) as { paths: string[] };
      const wanted = this.#entries().filter((entry) => paths.includes((entry as { path: string }).path));
      json(
        response,
        wanted.map((entry) => ({ ...entry, lastCommit: { id: this.commit, title: "", date: new Date(0) } })),
      );
    });
  }

  /** First to a relative address, as for a renamed repository; from there to the store. */
  #redirect(name: string, request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, this.endpoint);
    const moved = searchParams.has("moved");
    response.writeHead(moved ? 302 : 307, {
      location: moved ? `${this.#storeUrl}/bytes/${encodeURIComponent(name)}?signed` : `${pathname}?moved`,
      etag: `"${this.hashOf(name)}"`,
      "x-linked-etag": `"${this.hashOf(name)}"`,
      "x-linked-size": String(this.#files.get(name)!.bytes.length),
      "x-repo-commit": this.commit,
    });
    response.end();
  }

  #bytes(path: string, { bytes }: Entry, request: IncomingMessage, response: ServerResponse): void {
    const { range, authorization } = request.headers;
    const served: Served = { path, range, authorization, bytes: 0 };
    this.served.push(served);
    const trick = this.tricks.get(`bytes ${path}`)?.shift();
    if (trick) return trick(request, response);
    const start = Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    if (start >= bytes.length && start > 0) return refuse(response, 416, "");
    const length = bytes.length - start;
    response.writeHead(range ? 206 : 200, {
      "content-length": length,
      etag: `"${this.hashOf(path)}"`,
      "x-repo-commit": this.commit,
      ...(range ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    void this.#send(bytes.subarray(start), response, served);
  }

  async #send(bytes: Buffer, response: ServerResponse, served: Served): Promise<void> {
    for (let at = 0; at < bytes.length && !response.destroyed; at += 65_536) {
      const piece = bytes.subarray(at, at + 65_536);
      await new Promise<void>((resolve) => response.write(piece, () => resolve()));
      served.bytes += piece.length;
      if (this.pace > 0) await new Promise((resolve) => setTimeout(resolve, this.pace));
    }
    response.end();
  }
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "x-error-code": code, "content-type": "application/json" });
  response.end('{"error":"no"}');
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Answers with a status, and what to wait for. */
export const busy =
  (status: number, retryAfter?: string): Trick =>
  (_, response) => {
    response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter });
    response.end();
  };

/** Promises `promised` bytes, gives these, and cuts the connection. */
export const cutShort =
  (bytes: Uint8Array, promised: number): Trick =>
  (_, response) => {
    response.writeHead(200, { "content-length": promised });
    response.write(bytes, () => response.destroy());
  };

/** The whole of some bytes, whatever was asked for. */
export const whole =
  (bytes: Uint8Array): Trick =>
  (_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.end(bytes);
  };
