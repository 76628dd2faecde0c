import { randomUUID } from "node:crypto";
import { ServerError } from "../errors.js";
import { isObject, type Json, text } from "../http/index.js";
import type { Kernels, ManagedKernel } from "../kernels/index.js";

export interface Session {
  readonly id: string;
  path: string;
  name: string;
  type: string;
  kernelId: string;
}

/** Sessions by id. A path is no key: front ends start one under a random path and rename it. */
export class Sessions {
  readonly #kernels: Kernels;
  readonly #sessions = new Map<string, Session>();
  /** Starts under way, by path: a second request for the same path waits for the first. */
  readonly #starting = new Map<string, Promise<Session>>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /** Those whose kernel is still there. */
  list(): Session[] {
    for (const session of this.#sessions.values()) {
      if (this.#kernels.find(session.kernelId) === undefined) this.#sessions.delete(session.id);
    }
    return [...this.#sessions.values()];
  }

  /** Throws E_NOT_FOUND. */
  get(id: string): Session {
    const session = this.list().find((one) => one.id === id);
    if (session === undefined)
      throw new ServerError("E_NOT_FOUND", "There is no such session.", { where: id });
    return session;
  }

  /** The path of the document that a kernel runs; undefined when there is none. */
  pathOf(kernelId: string): string | undefined {
    return this.list().find((session) => session.kernelId === kernelId)?.path;
  }

  /** The session of that path, or a new one. */
  async open(body: Json): Promise<Session> {
    const path = text(body["path"]);
    const found = this.list().find((session) => session.path === path);
    if (found !== undefined) return found;
    const starting = this.#starting.get(path) ?? this.#create(path, body);
    this.#starting.set(path, starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(path);
    }
  }

  async #create(path: string, body: Json): Promise<Session> {
    const kernel = await this.#kernelFor(body["kernel"], path);
    const session = {
      id: randomUUID(),
      path,
      name: text(body["name"]),
      type: text(body["type"]) || "notebook",
      kernelId: kernel.id,
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Changes path, name, type or kernel; a kernel that was replaced is ended. */
  async change(id: string, body: Json): Promise<Session> {
    const session = this.get(id);
    const { path, name, type, kernel } = body;
    if (typeof path === "string") session.path = path;
    if (typeof name === "string") session.name = name;
    if (typeof type === "string") session.type = type;
    if (isObject(kernel) && (kernel["id"] ?? kernel["name"]) !== undefined) {
      const old = session.kernelId;
      session.kernelId = (await this.#kernelFor(kernel, session.path)).id;
      if (old !== session.kernelId) await this.#endUnused(old);
    }
    return session;
  }

  async close(id: string): Promise<void> {
    const session = this.get(id);
    this.#sessions.delete(id);
    await this.#endUnused(session.kernelId);
  }

  /** A file or folder has another path: so have the sessions of what lies in it. */
  rename(from: string, to: string): void {
    for (const session of this.#sessions.values()) {
      if (session.path === from) {
        session.path = to;
        session.name = to.slice(to.lastIndexOf("/") + 1);
      } else if (session.path.startsWith(`${from}/`)) session.path = to + session.path.slice(from.length);
    }
  }

  async #kernelFor(kernel: unknown, path: string): Promise<ManagedKernel> {
    const { id, name } = isObject(kernel) ? kernel : {};
    if (typeof id === "string" && id !== "") return this.#kernels.get(id);
    return this.#kernels.start(text(name) || undefined, path);
  }

  async #endUnused(kernelId: string): Promise<void> {
    if (this.list().some((session) => session.kernelId === kernelId)) return;
    if (this.#kernels.find(kernelId) !== undefined) await this.#kernels.shutdown(kernelId);
  }
}
