import { type Json, matching, object, oneOf, record, text } from "./check.js";
import { COMM_FAMILY } from "./comm.js";
import { DEBUG_FAMILY } from "./debug.js";
import { EXECUTE_FAMILY } from "./execute.js";
import type { Family } from "./family.js";
import { INTROSPECTION_FAMILY } from "./introspection.js";
import { KERNEL_FAMILY } from "./kernel.js";
import { OUTPUT_FAMILY } from "./output.js";
import { STDIN_FAMILY } from "./stdin.js";
import { SUBSHELL_FAMILY } from "./subshell.js";
import { USAGE_FAMILY } from "./usage.js";

/** Everything that the kernel may send. */
export const SCHEMA: Family = {
  ...EXECUTE_FAMILY,
  ...OUTPUT_FAMILY,
  ...INTROSPECTION_FAMILY,
  ...COMM_FAMILY,
  ...KERNEL_FAMILY,
  ...STDIN_FAMILY,
  ...DEBUG_FAMILY,
  ...SUBSHELL_FAMILY,
  ...USAGE_FAMILY,
};

export interface CheckedMessage {
  readonly channel: string;
  readonly topic: string;
  readonly header: Json;
  readonly parent: Json;
  readonly metadata: Json;
  readonly content: Json;
}

const header = record({
  msg_id: matching(/^[0-9a-f-]{36}$/),
  session: matching(/^[0-9a-f-]{36}$/),
  username: text,
  date: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  msg_type: text,
  version: oneOf("5.4"),
});

/** What the messaging protocol does not allow in a message; nothing when all is well. */
export function faultOf(message: CheckedMessage): string | undefined {
  const type = String(message.header["msg_type"]);
  const schema = Object.hasOwn(SCHEMA, type) ? SCHEMA[type] : undefined;
  if (schema === undefined) return `${message.channel}: no message type of the kernel: ${type}`;
  if (!schema.channels.includes(message.channel)) return `${type} on ${message.channel}`;
  // a front end may subscribe to some topics only; a welcome goes to the topic that was subscribed
  if (message.channel === "iopub" && type !== "iopub_welcome" && message.topic !== type)
    return `${type} under the topic ${message.topic}`;
  const fault =
    header(message.header, "header") ??
    object(message.parent, "parent_header") ??
    object(message.metadata, "metadata") ??
    schema.content(message.content, "content");
  return fault === undefined ? undefined : `${message.channel} ${type}: ${fault}`;
}
