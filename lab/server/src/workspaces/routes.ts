import { readJsonBody, type Route, sendEmpty, sendJson } from "../http/index.js";
import { Workspaces } from "./workspaces.js";

/** /lab/api/workspaces. */
export function workspaceRoutes(folder: string): Route[] {
  const workspaces = new Workspaces(folder);
  const access = "api" as const;
  return [
    {
      method: "GET",
      pattern: "/lab/api/workspaces",
      access,
      handle: async (exchange) => {
        const values = await workspaces.list();
        const ids = values.map((one) => (one["metadata"] as { id?: unknown }).id);
        sendJson(exchange, 200, { workspaces: { ids, values } });
      },
    },
    {
      method: "GET",
      pattern: "/lab/api/workspaces/*id",
      access,
      handle: async (exchange) => sendJson(exchange, 200, await workspaces.get(exchange.params["id"])),
    },
    {
      method: "PUT",
      pattern: "/lab/api/workspaces/*id",
      access,
      handle: async (exchange) => {
        await workspaces.set(exchange.params["id"], await readJsonBody(exchange.request));
        sendEmpty(exchange);
      },
    },
    {
      method: "DELETE",
      pattern: "/lab/api/workspaces/*id",
      access,
      handle: async (exchange) => {
        await workspaces.remove(exchange.params["id"]);
        sendEmpty(exchange);
      },
    },
  ];
}
