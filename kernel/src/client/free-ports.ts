import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";

/** Free TCP ports of the loopback interface: all held at once, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Server>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
