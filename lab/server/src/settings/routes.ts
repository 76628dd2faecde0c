import { ServerError } from "../errors.js";
import { readJsonBody, type Route, sendEmpty, sendJson } from "../http/index.js";
import type { SettingsStore } from "./settings-store.js";

/** /lab/api/settings. */
export function settingsRoutes(store: SettingsStore): Route[] {
  const access = "api" as const;
  return [
    {
      method: "GET",
      pattern: "/lab/api/settings",
      access,
      handle: (exchange) => {
        const idsOnly = exchange.query.get("ids_only") === "true";
        const all = idsOnly ? { settings: store.ids().map((id) => ({ id })), warnings: [] } : store.all();
        sendJson(exchange, 200, all);
      },
    },
    {
      method: "GET",
      pattern: "/lab/api/settings/*id",
      access,
      handle: (exchange) => sendJson(exchange, 200, store.get(exchange.params["id"])),
    },
    {
      method: "PUT",
      pattern: "/lab/api/settings/*id",
      access,
      handle: async (exchange) => {
        const { raw } = await readJsonBody(exchange.request);
        if (typeof raw !== "string")
          throw new ServerError("E_BAD_REQUEST", "The request holds no raw settings.");
        await store.set(exchange.params["id"], raw);
        sendEmpty(exchange);
      },
    },
  ];
}
