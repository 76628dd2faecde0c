// Layout of the front end ↔ File: which documents are open and where.
export { workspaceRoutes } from "./routes.js";
