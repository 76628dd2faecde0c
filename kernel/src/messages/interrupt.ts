import type { JsonObject } from "../wire/index.js";
import type { Context } from "./context.js";

/** interrupt_request (or SIGINT) → the running cells of all shells are stopped; variables stay. */
export function interrupt(context: Context): JsonObject {
  for (const { running } of context.shells.all) if (running) running.interrupted = true;
  context.cells.interrupt();
  return { status: "ok" };
}
