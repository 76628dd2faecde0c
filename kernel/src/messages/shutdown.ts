import type { JsonObject } from "../wire/index.js";
import type { Context, Request } from "./context.js";

/** shutdown_request → the same `restart` back, then the kernel ends. */
export function shutdown(context: Context, { message }: Request): JsonObject {
  const restart = message.content["restart"] === true;
  context.stop(restart);
  return { status: "ok", restart };
}
