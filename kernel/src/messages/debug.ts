import type { JsonObject } from "../wire/index.js";
import type { Context, Request } from "./context.js";

/** debug_request → the answer of the Debug Adapter Protocol; its events go to iopub. */
export function debug(context: Context, { message }: Request): Promise<JsonObject> {
  return context.debugger.handle(message.content);
}
