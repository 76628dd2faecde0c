import { stat } from "node:fs/promises";
import { ServerError } from "../errors.js";
import { type Exchange, FILE_POLICY, type Route, sendFile } from "../http/index.js";
import type { RootFolder } from "../root/index.js";

/** GET /files/PATH. A page among them runs in a sandbox: its scripts reach nothing of the server. */
export function fileRoutes(root: RootFolder): Route[] {
  return [
    { method: "GET", pattern: "/files/*path", access: "file", handle: (exchange) => send(root, exchange) },
  ];
}

async function send(root: RootFolder, exchange: Exchange): Promise<void> {
  const located = await root.locateExisting(exchange.params["path"]);
  if ((await stat(located.target)).isDirectory()) {
    throw new ServerError("E_BAD_REQUEST", "It is a folder; only files can be downloaded.", {
      where: located.path,
    });
  }
  const name = located.path.slice(located.path.lastIndexOf("/") + 1);
  const download = exchange.query.get("download");
  await sendFile(exchange, located.target, {
    headers: {
      "Content-Security-Policy": FILE_POLICY,
      "Cache-Control": "no-cache",
      ...(download === null || download === "0" || download === "false"
        ? {}
        : { "Content-Disposition": attachment(name) }),
    },
  });
}

/** The name in both forms of RFC 6266, for old browsers and for names beyond ASCII. */
export function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, "_");
  const full = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${full}`;
}
