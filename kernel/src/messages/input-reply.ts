import type { Context, Request } from "./context.js";

/** input_reply on stdin → the cell that waits for it. */
export function inputReply(context: Context, { message }: Request): undefined {
  const { value } = message.content;
  context.cells.input(typeof value === "string" ? value : null);
  return undefined;
}
