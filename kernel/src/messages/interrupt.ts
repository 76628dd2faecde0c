import type { JsonObject } from "../wire/index.js";
import type { Context } from "./context.js";

/** interrupt_request (or SIGINT) → the running cell is stopped; variables stay. */
export function interrupt(context: Context): JsonObject {
  if (context.running) context.running.interrupted = true;
  context.cells.interrupt();
  return { status: "ok" };
}
