import { type MagicSpec, splitMagics } from "../magics/index.js";
import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";
import { magicItems } from "./editor-magics.js";
import { cursorOf, toPoints } from "./offsets.js";

/** How many items are told with their signatures: asking costs a tenth of a millisecond each. */
const DETAILS = 12;

/** complete_request → names that fit, from the language service; at the beginning of a line also magics. */
export async function complete(context: Context, { message }: Request): Promise<JsonObject> {
  const code = text(message.content["code"]);
  const cursor = cursorOf(code, message.content["cursor_pos"]);
  const magics = magicsAt(code, cursor);
  if (magics !== undefined) return replyWithMagics(code, cursor, magics);
  const found = await context.language.complete(
    splitMagics(code, context.language.knows).plain,
    cursor,
    DETAILS,
  );
  const start = toPoints(code, found.start);
  const end = toPoints(code, found.end);
  const types = found.items.map((item) => ({
    start,
    end,
    text: item.text,
    type: item.kind,
    signature: signatureOf(item.detail),
  }));
  return reply(start, end, types);
}

type Shown = { readonly text: string } & JsonObject;

function reply(start: number, end: number, types: readonly Shown[]): JsonObject {
  return {
    status: "ok",
    matches: types.map((item) => item.text),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
}

/** `function add(a: number): number` → `(a: number): number`, `(property) x: T` → `: T`. */
export function signatureOf(detail: string | undefined): string {
  const first = (detail ?? "").split("\n")[0] ?? "";
  const bare = first
    .replace(/^\((?!\))[\w ]+\) /, "")
    .replace(/^(?:const|let|var|function|class|enum|interface|type|namespace|module) /, "");
  return /^[\w$.#<>[\], ]*?(\(.*|\??: .*)$/.exec(bare)?.[1]?.replace(/(^:)? ?\{$/, "") ?? "";
}

/** The magics that fit at the cursor; undefined where none can stand. */
function magicsAt(code: string, cursor: number): readonly MagicSpec[] | undefined {
  const lineStart = code.lastIndexOf("\n", cursor - 1) + 1;
  const isFirst = code.slice(0, lineStart).trim() === "";
  return magicItems(code.slice(lineStart), cursor - lineStart, isFirst);
}

function replyWithMagics(code: string, cursor: number, magics: readonly MagicSpec[]): JsonObject {
  const start = toPoints(code, code.lastIndexOf("\n", cursor - 1) + 1);
  const end = toPoints(code, cursor);
  const types = magics.map(({ usage }) => {
    const [name = usage] = usage.split(" ");
    return { start, end, text: name, type: "magic", signature: usage.slice(name.length).trim() };
  });
  return reply(start, end, types);
}
