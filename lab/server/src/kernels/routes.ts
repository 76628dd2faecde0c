import {
  type Exchange,
  type Json,
  readJsonBody,
  type Route,
  sendEmpty,
  sendJson,
  text,
} from "../http/index.js";
import type { Kernels } from "./kernels.js";
import type { ManagedKernel } from "./managed-kernel.js";

export function kernelModel(kernel: ManagedKernel): Json {
  return {
    id: kernel.id,
    name: kernel.spec.name,
    last_activity: kernel.lastActivity.toISOString(),
    execution_state: kernel.state,
    connections: kernel.connections,
  };
}

/** /api/kernels, without the channels. */
export function kernelRoutes(kernels: Kernels, baseUrl: string): Route[] {
  const access = "api" as const;
  const of = (exchange: Exchange): ManagedKernel => kernels.get(exchange.params["id"]);
  return [
    {
      method: "GET",
      pattern: "/api/kernels",
      access,
      handle: (exchange) => sendJson(exchange, 200, kernels.list().map(kernelModel)),
    },
    {
      method: "POST",
      pattern: "/api/kernels",
      access,
      handle: async (exchange) => {
        const { name, path } = await readJsonBody(exchange.request);
        const kernel = await kernels.start(text(name) || undefined, text(path), true);
        sendJson(exchange, 201, kernelModel(kernel), { Location: `${baseUrl}api/kernels/${kernel.id}` });
      },
    },
    {
      method: "GET",
      pattern: "/api/kernels/:id",
      access,
      handle: (exchange) => sendJson(exchange, 200, kernelModel(of(exchange))),
    },
    {
      method: "DELETE",
      pattern: "/api/kernels/:id",
      access,
      handle: async (exchange) => {
        await kernels.shutdown(exchange.params["id"]);
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      pattern: "/api/kernels/:id/interrupt",
      access,
      handle: (exchange) => {
        of(exchange).interrupt();
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      pattern: "/api/kernels/:id/restart",
      access,
      handle: async (exchange) => {
        const kernel = of(exchange);
        await kernel.restart();
        sendJson(exchange, 200, kernelModel(kernel));
      },
    },
  ];
}
