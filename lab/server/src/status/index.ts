// Server → Facts about it: identity, version, activity, and the parts of the protocol that are switched off.
export { statusRoutes, type StatusOptions } from "./routes.js";
