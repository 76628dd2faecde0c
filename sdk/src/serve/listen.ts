import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { GradlabError } from "../errors.js";

/**
 * Starts listening.
 *
 * @returns the port, which the system chooses for 0
 * @throws E_PORT_IN_USE; E_CONFIG for an address or port this process may not use
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(explain(error, host, port));
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `${host}:${port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return new GradlabError(
        "E_PORT_IN_USE",
        `Port ${port} of ${host} is in use by another program or service.`,
        {
          where,
          hint: "Close that service, choose another port, or 0 for a free one.",
          details: { host, port },
          cause: error,
        },
      );
    case "EACCES":
      return new GradlabError("E_CONFIG", `This user may not listen on port ${port}.`, {
        where,
        hint: "Choose a port above 1023.",
        cause: error,
      });
    default:
      return new GradlabError("E_CONFIG", `${host} is not an address of this machine (${error.code}).`, {
        where,
        hint: 'Use "127.0.0.1" for this machine only, or "0.0.0.0" for all its addresses.',
        cause: error,
      });
  }
}

/** The URL to reach a host by; an address that means all is named by the loopback one. */
export function urlOf(host: string, port: number): string {
  const named = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${named.includes(":") ? `[${named}]` : named}:${port}`;
}
