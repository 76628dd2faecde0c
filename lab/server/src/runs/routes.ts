import { type Json, readJsonBody, type Route, sendJson, text } from "../http/index.js";
import type { Run } from "./run.js";
import type { Runs } from "./runs.js";

/**
 * GET /lab/api/runs?path=P: the runs of a notebook that its front end can show; POST /lab/api/runs/ID/adopt with
 * `{session_id}`: this page shows one of them from now on. Not part of Jupyter's protocol.
 */
export function runRoutes(runs: Runs): Route[] {
  const access = "api" as const;
  const model = (run: Run): Json => ({
    id: run.id,
    cell_id: run.cellId,
    kernel_id: run.kernel.id,
    execution_count: run.executionCount,
    state: run.isDone ? "done" : run.hasStarted ? "running" : "waiting",
    is_shown: !run.isOrphan,
  });
  return [
    {
      method: "GET",
      pattern: "/lab/api/runs",
      access,
      handle: (exchange) => sendJson(exchange, 200, runs.list(exchange.query.get("path") ?? "").map(model)),
    },
    {
      method: "POST",
      pattern: "/lab/api/runs/:id/adopt",
      access,
      handle: async (exchange) => {
        const body = await readJsonBody(exchange.request);
        sendJson(exchange, 200, model(runs.adopt(exchange.params["id"], text(body["session_id"]))));
      },
    },
  ];
}
