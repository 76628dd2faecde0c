import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";

/** The lowest port that is tried. */
const LOWEST = 10_240;
const TRIES = 20;

/**
 * Free TCP ports of the loopback interface: all held at once, so that no two are the same. They are none of those that the
 * system gives to outgoing connections: one of these could take a port before the kernel does, and a client that tries to
 * reach a kernel that does not listen yet could even be connected to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => holdPort()));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function holdPort(): Promise<Server> {
  const end = firstOutgoingPort();
  for (let tries = 0; tries < TRIES && end > LOWEST; tries += 1) {
    const server = await listen(randomInt(LOWEST, end)).catch(() => undefined); // taken, or not for us
    if (server !== undefined) return server;
  }
  return await listen(0);
}

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });

/** Where the ports of outgoing connections begin: 32768 on Linux, unless it is told otherwise, 49152 elsewhere. */
function firstOutgoingPort(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/)[0]);
  } catch {
    return 49_152;
  }
}
