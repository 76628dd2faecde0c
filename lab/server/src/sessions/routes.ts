import { type Json, readJsonBody, type Route, sendEmpty, sendJson } from "../http/index.js";
import { kernelModel, type Kernels } from "../kernels/index.js";
import type { Session, Sessions } from "./sessions.js";

/** /api/sessions. */
export function sessionRoutes(sessions: Sessions, kernels: Kernels, baseUrl: string): Route[] {
  const access = "api" as const;
  const model = ({ id, path, name, type, kernelId }: Session): Json => ({
    id,
    path,
    name,
    type,
    kernel: kernelModel(kernels.get(kernelId)),
    notebook: { path, name },
  });
  return [
    {
      method: "GET",
      pattern: "/api/sessions",
      access,
      handle: (exchange) => sendJson(exchange, 200, sessions.list().map(model)),
    },
    {
      method: "POST",
      pattern: "/api/sessions",
      access,
      handle: async (exchange) => {
        const session = await sessions.open(await readJsonBody(exchange.request));
        sendJson(exchange, 201, model(session), { Location: `${baseUrl}api/sessions/${session.id}` });
      },
    },
    {
      method: "GET",
      pattern: "/api/sessions/:id",
      access,
      handle: (exchange) => sendJson(exchange, 200, model(sessions.get(exchange.params["id"]))),
    },
    {
      method: "PATCH",
      pattern: "/api/sessions/:id",
      access,
      handle: async (exchange) => {
        const body = await readJsonBody(exchange.request);
        sendJson(exchange, 200, model(await sessions.change(exchange.params["id"], body)));
      },
    },
    {
      method: "DELETE",
      pattern: "/api/sessions/:id",
      access,
      handle: async (exchange) => {
        await sessions.close(exchange.params["id"]);
        sendEmpty(exchange);
      },
    },
  ];
}
