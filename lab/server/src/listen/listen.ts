import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { ServerError } from "../errors.js";

export interface ListenOptions {
  readonly ip: string;
  readonly port: number;
  readonly portRetries: number;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

export interface Listener {
  readonly server: Server;
  readonly port: number;
}

/** Throws E_LISTEN when no port can be had, or the certificate is none. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const server = create(options.tls);
  for (let i = 0; ; i += 1) {
    const port = options.port === 0 ? 0 : options.port + i;
    try {
      await bind(server, port, options.ip);
      return { server, port: (server.address() as AddressInfo).port };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE" && i < options.portRetries) continue;
      throw explain(error as NodeJS.ErrnoException, options.ip, port);
    }
  }
}

function create(tls: ListenOptions["tls"]): Server {
  if (tls === undefined) return createServer();
  try {
    return createTlsServer(tls);
  } catch (cause) {
    throw new ServerError(
      "E_LISTEN",
      `The certificate or its key is not valid: ${(cause as Error).message}.`,
      {
        hint: "Give both as PEM files that belong together.",
        cause,
      },
    );
  }
}

function bind(server: Server, port: number, ip: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error);
    server.once("error", fail);
    server.listen(port, ip, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

function explain(error: NodeJS.ErrnoException, ip: string, port: number): ServerError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `The port ${port} is taken by another program.`,
    EACCES: `The system does not let you listen on port ${port}.`,
    EADDRNOTAVAIL: `This machine has no address ${ip}.`,
    ENOTFOUND: `There is no address ${ip}.`,
  };
  const sentence =
    reasons[error.code ?? ""] ?? `The server cannot listen on ${ip}:${port}: ${error.message}.`;
  return new ServerError("E_LISTEN", sentence, { cause: error });
}
