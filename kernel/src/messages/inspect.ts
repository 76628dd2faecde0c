import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";
import { cursorOf } from "./offsets.js";

/** inspect_request → type and documentation of what stands at the cursor. */
export async function inspect(context: Context, { message }: Request): Promise<JsonObject> {
  const code = text(message.content["code"]);
  const cursor = cursorOf(code, message.content["cursor_pos"]);
  const markdown = await context.language.hover(code, cursor);
  if (markdown === undefined) return { status: "ok", found: false, data: {}, metadata: {} };
  const plain = markdown.replace(/^```\w*\n|\n?```$/gm, "").trim();
  return {
    status: "ok",
    found: true,
    data: { "text/markdown": markdown, "text/plain": plain },
    metadata: {},
  };
}
