import type { JsonObject } from "../wire/index.js";
import type { Context, Request } from "./context.js";

/** shutdown_request → the same `restart` back, then the kernel ends. */
export function shutdown(context: Context, { message }: Request): JsonObject {
  const restart = message.content["restart"] === true;
  // the other clients hear of it too
  context.publisher.publish("shutdown_reply", { status: "ok", restart }, message.header);
  context.stop(restart);
  return { status: "ok", restart };
}
