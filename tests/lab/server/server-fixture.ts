import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ContentsManager, KernelManager, ServerConnection, SessionManager } from "@jupyterlab/services";
import { type LabServer, type LabServerOptions, startLabServer } from "gradlab-lab-server";

/** A server on a free port, with folders of its own, that ends with the test. */
export interface Fixture {
  readonly server: LabServer;
  /** The folder that is shown. */
  readonly root: string;
  /** Beside it: what must never be reached. */
  readonly outside: string;
  /** The options it was started with, to start it again. */
  readonly options: LabServerOptions;
  /** A request with the token, or without it where `headers` hold another way in. */
  readonly fetch: (path: string, init?: RequestInit & { readonly anonymous?: boolean }) => Promise<Response>;
}

export async function serverFor(t: TestContext, options: LabServerOptions = {}): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-server-"));
  const root = join(folder, "root");
  const outside = join(folder, "root-secret");
  for (const path of [root, outside]) mkdirSync(path);
  const all: LabServerOptions = {
    root,
    port: 0,
    dataFolder: join(folder, "data"),
    configFolder: join(folder, "config"),
    log: () => {},
    ...options,
  };
  const server = await startLabServer(all);
  t.after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { server, root, outside, options: all, fetch: (path, init) => request(server, path, init) };
}

export function request(
  server: LabServer,
  path: string,
  init: RequestInit & { readonly anonymous?: boolean } = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.anonymous !== true) headers.set("Authorization", `token ${server.token}`);
  return fetch(new URL(path.replace(/^\//, ""), server.address), { redirect: "manual", ...init, headers });
}

/** JupyterLab's own client of the protocol. */
export function settingsFor(server: LabServer): ServerConnection.ISettings {
  return ServerConnection.makeSettings({
    baseUrl: server.address,
    wsUrl: server.address.replace(/^http/, "ws"),
    token: server.token,
    appendToken: true,
  });
}

export function contentsFor(t: TestContext, server: LabServer): ContentsManager {
  const contents = new ContentsManager({ serverSettings: settingsFor(server) });
  t.after(() => contents.dispose());
  return contents;
}

export async function sessionsFor(
  t: TestContext,
  server: LabServer,
): Promise<{ readonly kernels: KernelManager; readonly sessions: SessionManager }> {
  const serverSettings = settingsFor(server);
  const kernels = new KernelManager({ serverSettings });
  const sessions = new SessionManager({ serverSettings, kernelManager: kernels });
  // a manager that is disposed during its first request polls on for ever
  await Promise.all([kernels.ready, sessions.ready]);
  t.after(() => {
    sessions.dispose();
    kernels.dispose();
  });
  return { kernels, sessions };
}
