import type { JsonObject } from "../wire/index.js";
import { cellRequest, type Context, type Request } from "./context.js";

/** comm_open, comm_msg, comm_close → the cell process, where the other end lives; idle once it was handled. */
export async function comm(context: Context, request: Request): Promise<undefined> {
  const { content, metadata, buffers, header } = request.message;
  const id = String(content["comm_id"]);
  if (context.editors.receive(context, request)) return;
  if (header.msg_type === "comm_open") context.comms.set(id, String(content["target_name"]));
  if (header.msg_type === "comm_close") context.comms.delete(id);
  context.runs += 1;
  const run = context.runs;
  context.requests.set(run, cellRequest(request));
  const { msg_id: messageId, msg_type: type } = header;
  try {
    await context.cells.comm({ kind: "comm", run, messageId, type, content, metadata }, buffers);
  } finally {
    context.requests.delete(run);
  }
  context.publisher.flush();
}

/** comm_info_request → the open comms, of one target if the request names it. */
export function commInfo(context: Context, { message }: Request): JsonObject {
  const target = message.content["target_name"];
  const all = [...context.comms, ...context.editors.open].filter(
    ([, name]) => typeof target !== "string" || name === target,
  );
  return { status: "ok", comms: Object.fromEntries(all.map(([id, name]) => [id, { target_name: name }])) };
}

/** The cell process is gone, and with it its ends of the comms: front ends are told. */
export function forgetComms(context: Context): void {
  for (const id of context.comms.keys()) {
    context.publisher.publish("comm_close", { comm_id: id, data: {} }, {});
  }
  context.comms.clear();
}
