import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";

/** create_subshell_request → the id of a new subshell. */
export function createSubshell(context: Context): JsonObject {
  return { status: "ok", subshell_id: context.shells.create().id };
}

/** delete_subshell_request → gone: what waited in it is aborted, what runs in it goes on to its end. */
export function deleteSubshell(context: Context, { message }: Request): JsonObject {
  const id = text(message.content["subshell_id"]);
  const shell = context.shells.delete(id);
  if (shell === undefined) return unknownSubshell(message.content["subshell_id"]);
  context.abort(shell);
  return { status: "ok" };
}

/** list_subshell_request → the ids of the subshells, without the main shell. */
export function listSubshells(context: Context): JsonObject {
  return { status: "ok", subshell_id: context.shells.ids };
}

/** The answer to a request for an unknown subshell; comm messages have none. */
export function refuseUnknown(type: string, id: unknown): JsonObject | undefined {
  if (!type.endsWith("_request")) return undefined;
  const more = { execution_count: 0, payload: [], user_expressions: {} };
  return { ...unknownSubshell(id), ...(type === "execute_request" ? more : {}) };
}

/** The answer to a `subshell_id` that was never given out, or was deleted. */
function unknownSubshell(id: unknown): JsonObject {
  const evalue = `There is no subshell ${JSON.stringify(id)}; ask for one with create_subshell_request.`;
  return {
    status: "error",
    ename: "UnknownSubshell",
    evalue,
    traceback: [`UnknownSubshell: ${evalue}`],
  };
}
