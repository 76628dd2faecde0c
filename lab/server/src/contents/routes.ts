import { ServerError } from "../errors.js";
import {
  encodePath,
  type Exchange,
  readJsonBody,
  type Route,
  sendEmpty,
  sendJson,
  text,
} from "../http/index.js";
import type { Contents, ReadOptions } from "./contents.js";
import { copyInto, createUntitled } from "./create.js";
import type { Model, ModelFormat, ModelType } from "./model.js";
import { move, remove } from "./move.js";
import { save } from "./save.js";

const TYPES: readonly string[] = ["directory", "notebook", "file"];
const FORMATS: readonly string[] = ["json", "text", "base64"];

/** /api/contents and what lies below it. */
export function contentsRoutes(contents: Contents, baseUrl: string): Route[] {
  const at = (model: Model): Record<string, string> => ({
    Location: `${baseUrl}api/contents/${encodePath(model.path)}`,
    "Last-Modified": new Date(model.last_modified).toUTCString(),
  });
  const created = (exchange: Exchange, model: Model): void => sendJson(exchange, 201, model, at(model));
  const api = "api" as const;
  return [
    ...checkpointRoutes(contents),
    {
      method: "POST",
      pattern: "/api/contents/*path/trust",
      access: api,
      handle: async (exchange) => {
        await trust(contents, exchange.params["path"]);
        sendEmpty(exchange, 201);
      },
    },
    {
      method: "GET",
      pattern: "/api/contents/*path",
      access: api,
      handle: async (exchange) => {
        const model = await contents.read(exchange.params["path"], readOptions(exchange.query));
        sendJson(exchange, 200, model, { "Last-Modified": at(model)["Last-Modified"] });
      },
    },
    {
      method: "POST",
      pattern: "/api/contents/*path",
      access: api,
      handle: async (exchange) => {
        const folder = exchange.params["path"];
        const body = await readJsonBody(exchange.request);
        await requireFolder(contents, folder);
        const source = body["copy_from"];
        const model =
          typeof source === "string" && source !== ""
            ? await copyInto(contents, source, folder)
            : await createUntitled(contents, folder, text(body["type"]), text(body["ext"]));
        created(exchange, model);
      },
    },
    {
      method: "PUT",
      pattern: "/api/contents/*path",
      access: api,
      handle: async (exchange) => {
        const body = await readJsonBody(exchange.request);
        const { model, created: isNew } = await save(contents, exchange.params["path"], body);
        sendJson(exchange, isNew ? 201 : 200, model, at(model));
      },
    },
    {
      method: "PATCH",
      pattern: "/api/contents/*path",
      access: api,
      handle: async (exchange) => {
        const { path } = await readJsonBody(exchange.request);
        if (typeof path !== "string")
          throw new ServerError("E_BAD_REQUEST", "The request names no new path.");
        const model = await move(contents, exchange.params["path"], path);
        sendJson(exchange, 200, model, at(model));
      },
    },
    {
      method: "DELETE",
      pattern: "/api/contents/*path",
      access: api,
      handle: async (exchange) => {
        await remove(contents, exchange.params["path"]);
        sendEmpty(exchange);
      },
    },
  ];
}

function checkpointRoutes({ checkpoints }: Contents): Route[] {
  const base = "/api/contents/*path/checkpoints";
  const access = "api" as const;
  return [
    {
      method: "GET",
      pattern: base,
      access,
      handle: async (exchange) => sendJson(exchange, 200, await checkpoints.list(exchange.params["path"])),
    },
    {
      method: "POST",
      pattern: base,
      access,
      handle: async (exchange) => sendJson(exchange, 201, await checkpoints.create(exchange.params["path"])),
    },
    {
      method: "POST",
      pattern: `${base}/:id`,
      access,
      handle: async (exchange) => {
        await checkpoints.restore(exchange.params["path"], exchange.params["id"]);
        sendEmpty(exchange);
      },
    },
    {
      method: "DELETE",
      pattern: `${base}/:id`,
      access,
      handle: async (exchange) => {
        await checkpoints.remove(exchange.params["path"], exchange.params["id"]);
        sendEmpty(exchange);
      },
    },
  ];
}

/** The user says that the notebook's outputs may run. */
async function trust(contents: Contents, path: string): Promise<void> {
  const located = await contents.root.locateExisting(path);
  const { notebook } = await contents.options.store.read(located);
  contents.options.store.notary.sign(notebook);
}

async function requireFolder(contents: Contents, path: string): Promise<void> {
  const { type } = await contents.read(path, { content: false, hash: false });
  if (type === "directory") return;
  throw new ServerError("E_BAD_REQUEST", "New files are made in a folder, not in a file.", { where: path });
}

function readOptions(query: URLSearchParams): ReadOptions {
  const type = query.get("type") ?? undefined;
  const format = query.get("format") ?? undefined;
  if (type !== undefined && !TYPES.includes(type)) throw unknown("type", type);
  if (format !== undefined && !FORMATS.includes(format)) throw unknown("format", format);
  return {
    content: query.get("content") !== "0",
    hash: query.get("hash") === "1",
    ...(type === undefined ? {} : { type: type as ModelType }),
    ...(format === undefined ? {} : { format: format as ModelFormat }),
  };
}

function unknown(what: string, value: string): ServerError {
  return new ServerError("E_BAD_REQUEST", `Unknown ${what} ${JSON.stringify(value)}.`);
}
