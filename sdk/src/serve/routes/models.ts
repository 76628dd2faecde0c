import type { Route } from "./route.js";

/** `GET /v1/models`: the model that is served, in the shape of OpenAI's API. */
export const models: Route = {
  method: "GET",
  path: "/v1/models",
  summary: "The model that is served.",
  handle({ scheduler, startedAt }) {
    const model = {
      id: scheduler.model.id,
      object: "model",
      created: startedAt,
      owned_by: "gradlab",
      context_length: scheduler.contextLength,
    };
    return { json: { object: "list", data: [model] } };
  },
};
