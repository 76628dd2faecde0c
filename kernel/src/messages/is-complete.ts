import { checkComplete, splitHelp } from "../session/index.js";
import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";

/** is_complete_request → complete, incomplete (with the next line's indent), invalid; unknown without code. */
export function isComplete(_context: Context, { message }: Request): JsonObject {
  if (typeof message.content["code"] !== "string") return { status: "unknown" };
  const { status, indent } = checkComplete(splitHelp(text(message.content["code"])).code);
  return status === "incomplete" ? { status, indent } : { status };
}
