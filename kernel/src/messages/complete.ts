import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";
import { cursorOf, toPoints } from "./offsets.js";

/** complete_request → names that fit, from the language service. */
export async function complete(context: Context, { message }: Request): Promise<JsonObject> {
  const code = text(message.content["code"]);
  const cursor = cursorOf(code, message.content["cursor_pos"]);
  const found = await context.language.complete(code, cursor);
  const start = toPoints(code, found.start);
  const end = toPoints(code, found.end);
  const types = found.items.map((item) => ({ start, end, text: item.text, type: item.kind, signature: "" }));
  return {
    status: "ok",
    matches: found.items.map((item) => item.text),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
}
