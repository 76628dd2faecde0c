// Section of front-end state ↔ File: /api/config, small JSON objects by name.
export { configRoutes } from "./routes.js";
