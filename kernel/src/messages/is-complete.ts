import { checkComplete } from "../session/index.js";
import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";

/** is_complete_request → complete, incomplete (with the next line's indent) or invalid. */
export function isComplete(_context: Context, { message }: Request): JsonObject {
  const { status, indent } = checkComplete(text(message.content["code"]));
  return status === "incomplete" ? { status, indent } : { status };
}
