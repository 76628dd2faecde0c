import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type Exchange, mimeType, PAGE_POLICY, type Route, sendFile, sendJson } from "../http/index.js";
import type { FrontEnd } from "./front-end.js";

const YEAR = 365 * 24 * 3600;
/** `main.3f2a91bc77de.js`: another content has another name. */
const HASHED = /\.[0-9a-f]{8,}\./;

/** /static, themes, licences, translations and the favicon. */
export function frontEndRoutes(frontEnd: FrontEnd): Route[] {
  const file = (exchange: Exchange, ...names: string[]): Promise<void> =>
    sendStatic(exchange, join(frontEnd.folder, ...names));
  return [
    {
      method: "GET",
      pattern: "/static/*path",
      access: "public",
      handle: (exchange) => file(exchange, "static", exchange.params["path"]),
    },
    {
      method: "GET",
      pattern: "/favicon.ico",
      access: "public",
      handle: (exchange) => {
        const name = ["favicon.ico", "favicon.svg"].find((one) => frontEnd.has(`static/favicons/${one}`));
        return file(exchange, "static", "favicons", name ?? "favicon.ico");
      },
    },
    {
      method: "GET",
      pattern: "/lab/api/themes/*path",
      access: "public",
      handle: (exchange) => file(exchange, "themes", exchange.params["path"]),
    },
    {
      method: "GET",
      pattern: "/lab/api/licenses",
      access: "api",
      handle: (exchange) => sendJson(exchange, 200, frontEnd.json("licenses.json") ?? { bundles: {} }),
    },
    {
      method: "GET",
      pattern: "/lab/api/translations",
      access: "api",
      handle: (exchange) => {
        const en = { displayName: "English", nativeName: "English" };
        sendJson(exchange, 200, { data: { en }, message: "" });
      },
    },
    {
      // English is what the sources hold; there are no other languages yet
      method: "GET",
      pattern: "/lab/api/translations/:language",
      access: "api",
      handle: (exchange) => sendJson(exchange, 200, { data: {}, message: "" }),
    },
  ];
}

/** The compressed file beside it where the browser takes it. */
async function sendStatic(exchange: Exchange, path: string): Promise<void> {
  const headers = {
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": HASHED.test(basename(path)) ? `max-age=${YEAR}, immutable` : "no-cache",
  };
  const accepts = /\bgzip\b/.test(String(exchange.request.headers["accept-encoding"] ?? ""));
  if (accepts && exchange.request.headers.range === undefined && existsSync(`${path}.gz`)) {
    const type = mimeType(path) ?? "application/octet-stream";
    return sendFile(exchange, `${path}.gz`, { headers, type, encoding: "gzip" });
  }
  return sendFile(exchange, path, { headers });
}
