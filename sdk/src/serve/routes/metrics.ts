import type { Route } from "./route.js";

/** `GET /metrics`: counters for Prometheus. */
export const metricsText: Route = {
  method: "GET",
  path: "/metrics",
  summary: "Counters and durations in Prometheus' text format.",
  handle({ metrics, scheduler }) {
    return {
      text: metrics.prometheus(scheduler.load()),
      contentType: "text/plain; version=0.0.4; charset=utf-8",
    };
  },
};
