import { sdkVersion } from "../../artifacts/index.js";
import type { Route } from "./route.js";

/** `GET /openapi.json`: the routes, for tools that make clients. */
export const openapi: Route = {
  method: "GET",
  path: "/openapi.json",
  summary: "This description, in OpenAPI 3.1.",
  handle({ routes, settings, scheduler }) {
    const paths = Object.fromEntries(
      routes.map((route) => [route.path, { [route.method.toLowerCase()]: operation(route) }]),
    );
    const scheme = { type: "http", scheme: "bearer" };
    return {
      json: {
        openapi: "3.1.0",
        info: { title: `gradlab: ${scheduler.model.id}`, version: sdkVersion() },
        paths,
        ...(settings.apiKey
          ? { components: { securitySchemes: { key: scheme } }, security: [{ key: [] }] }
          : {}),
      },
    };
  },
};

function operation({ summary, body, open }: Route): object {
  const requestBody = { required: true, content: { "application/json": { schema: body } } };
  return {
    summary,
    ...(open ? { security: [] } : {}),
    ...(body ? { requestBody } : {}),
    responses: {
      200: { description: "The answer." },
      default: { description: "An error: { error: { message, type, code, param } }." },
    },
  };
}
