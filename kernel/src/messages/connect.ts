import type { JsonObject } from "../wire/index.js";
import type { Context } from "./context.js";

/** connect_request (deprecated by the protocol, asked by old clients) → the ports of the connection file. */
export function connect(context: Context): JsonObject {
  const { shell_port, iopub_port, stdin_port, control_port, hb_port } = context.connection;
  return { status: "ok", shell_port, iopub_port, stdin_port, control_port, hb_port };
}
