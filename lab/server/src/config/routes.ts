import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ServerError } from "../errors.js";
import {
  type Exchange,
  isObject,
  type Json,
  readJsonBody,
  type Route,
  sendEmpty,
  sendJson,
} from "../http/index.js";
import { writeAtomically } from "../root/index.js";

/** /api/config/NAME: GET, PUT (replaces), PATCH (merges; null deletes). */
export function configRoutes(folder: string): Route[] {
  const access = "api" as const;
  const read = async (exchange: Exchange): Promise<Json> => {
    const text = await readFile(fileOf(folder, exchange), "utf8").catch(() => "{}");
    try {
      const json: unknown = JSON.parse(text);
      return isObject(json) ? json : {};
    } catch {
      return {};
    }
  };
  const write = async (exchange: Exchange, json: Json): Promise<void> => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await writeAtomically(fileOf(folder, exchange), `${JSON.stringify(json, null, 2)}\n`);
  };
  return [
    {
      method: "GET",
      pattern: "/api/config/:name",
      access,
      handle: async (exchange) => sendJson(exchange, 200, await read(exchange)),
    },
    {
      method: "PUT",
      pattern: "/api/config/:name",
      access,
      handle: async (exchange) => {
        await write(exchange, await readJsonBody(exchange.request));
        sendEmpty(exchange);
      },
    },
    {
      method: "PATCH",
      pattern: "/api/config/:name",
      access,
      handle: async (exchange) => {
        const merged = merge(await read(exchange), await readJsonBody(exchange.request));
        await write(exchange, merged);
        sendJson(exchange, 200, merged);
      },
    },
  ];
}

function fileOf(folder: string, exchange: Exchange): string {
  const name = exchange.params["name"];
  if (/^[A-Za-z0-9_-]{1,100}$/.test(name)) return join(folder, `${name}.json`);
  throw new ServerError("E_BAD_REQUEST", "The name of a section is letters, digits, dashes and underscores.");
}

function merge(base: Json, over: Json): Json {
  const merged: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) && isObject(before) ? merge(before, value) : value;
  }
  return merged;
}
