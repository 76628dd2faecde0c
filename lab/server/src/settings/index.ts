// Schemas, overrides, user's files → Settings of the front end.
export { SettingsStore } from "./settings-store.js";
export { settingsRoutes } from "./routes.js";
