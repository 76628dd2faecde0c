import type { Context, Request } from "./context.js";

/**
 * input_reply on stdin → the cell that waits for it. An answer that comes when nothing is asked (any more), or that
 * names another question, is dropped; clients that name none (jupyter_client) are believed.
 */
export function inputReply(context: Context, { message }: Request): undefined {
  const answered = message.parent["msg_id" as keyof typeof message.parent];
  const asking = context.shells.all.find(
    ({ asked }) => asked !== undefined && (answered === undefined || answered === asked),
  );
  if (asking === undefined) return undefined;
  asking.asked = undefined;
  const { value } = message.content;
  context.cells.input(typeof value === "string" ? value : null);
  return undefined;
}
