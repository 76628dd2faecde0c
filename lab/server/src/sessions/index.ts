// Notebook or console ↔ Kernel: which kernel runs which document.
export { Sessions, type Session } from "./sessions.js";
export { sessionRoutes } from "./routes.js";
