import type { JsonObject } from "../wire/index.js";
import type { Context, Request } from "./context.js";

/** comm_open, comm_msg, comm_close → the cell process, where the other end lives. */
export function comm(context: Context, { message }: Request): undefined {
  const { content, metadata, buffers, header } = message;
  const id = String(content["comm_id"]);
  if (header.msg_type === "comm_open") context.comms.set(id, String(content["target_name"]));
  if (header.msg_type === "comm_close") context.comms.delete(id);
  context.cells.comm({ kind: "comm", type: header.msg_type, content, metadata }, buffers);
  return undefined;
}

/** comm_info_request → the open comms, of one target if the request names it. */
export function commInfo(context: Context, { message }: Request): JsonObject {
  const target = message.content["target_name"];
  const all = [...context.comms].filter(([, name]) => typeof target !== "string" || name === target);
  return { status: "ok", comms: Object.fromEntries(all.map(([id, name]) => [id, { target_name: name }])) };
}
