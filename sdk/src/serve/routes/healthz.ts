import type { Route } from "./route.js";

/** `GET /healthz`: 200 while requests are taken on, 503 once the service is closing. */
export const healthz: Route = {
  method: "GET",
  path: "/healthz",
  summary: "Whether requests are taken on.",
  open: true,
  handle({ scheduler }) {
    const { waiting, running } = scheduler.load();
    const status = scheduler.closed ? "closing" : "ok";
    return {
      json: { status, model: scheduler.model.id, waiting, running },
      status: scheduler.closed ? 503 : 200,
    };
  },
};
