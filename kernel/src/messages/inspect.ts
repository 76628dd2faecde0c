import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";
import { describe } from "./describe.js";
import { cursorOf } from "./offsets.js";

/** inspect_request → type and documentation of what stands at the cursor; with detail_level 1 its source. */
export async function inspect(context: Context, { message, shell }: Request): Promise<JsonObject> {
  const code = text(message.content["code"]);
  const cursor = cursorOf(code, message.content["cursor_pos"]);
  const data = await describe(context, shell, code, cursor, message.content["detail_level"] === 1);
  return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
}
