import assert from "node:assert/strict";
import type { Json, RawMessage } from "./raw-client.js";

/** What the messaging protocol 5.4 asks of each message: a check per field; `?` marks what may be absent. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const whole: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const yesNo: Check = (value) => typeof value === "boolean";
const object: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const list =
  (of: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(of);
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);
const bundle: Check = (value) =>
  object(value) && Object.keys(value as Json).every((mime) => /^[\w.+-]+\/[\w.+-]+$/.test(mime));
const historyEntry: Check = (value) =>
  Array.isArray(value) && value.length === 3 && whole(value[0]) && whole(value[1]);

const error = { ename: text, evalue: text, traceback: list(text) };
const okReply = { status: oneOf("ok") };

const CONTENT: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  status: { execution_state: oneOf("busy", "idle", "starting") },
  execute_input: { code: text, execution_count: whole },
  stream: { name: oneOf("stdout", "stderr"), text },
  display_data: { data: bundle, metadata: object, transient: object },
  update_display_data: { data: bundle, metadata: object, transient: object },
  execute_result: { data: bundle, metadata: object, execution_count: whole },
  clear_output: { wait: yesNo },
  error,
  comm_open: { comm_id: text, target_name: text, data: object },
  comm_msg: { comm_id: text, data: object },
  comm_close: { comm_id: text, data: object },
  iopub_welcome: { subscription: text },
  input_request: { prompt: text, password: yesNo },
  execute_reply: {
    status: oneOf("ok", "error", "aborted"),
    "execution_count?": whole,
    "payload?": list(object),
    "user_expressions?": object,
    "ename?": text,
    "evalue?": text,
    "traceback?": list(text),
  },
  kernel_info_reply: {
    ...okReply,
    protocol_version: (value) => text(value) && /^\d+\.\d+(\.\d+)?$/.test(value as string),
    implementation: text,
    implementation_version: text,
    language_info: (value) =>
      object(value) &&
      ["name", "version", "mimetype", "file_extension"].every((name) => text((value as Json)[name])),
    banner: text,
    "help_links?": list(object),
    "debugger?": yesNo,
    "supported_features?": list(text),
  },
  is_complete_reply: { status: oneOf("complete", "incomplete", "invalid", "unknown"), "indent?": text },
  complete_reply: {
    ...okReply,
    matches: list(text),
    cursor_start: whole,
    cursor_end: whole,
    metadata: object,
  },
  inspect_reply: { ...okReply, found: yesNo, data: bundle, metadata: object },
  history_reply: { ...okReply, history: list(historyEntry) },
  comm_info_reply: { ...okReply, comms: object },
  interrupt_reply: okReply,
  shutdown_reply: { ...okReply, restart: yesNo },
};

/** Fails on a header, a field or a field too many that the protocol does not know. */
export function checkMessage({ channel, header, parent, metadata, content }: RawMessage): void {
  const type = header["msg_type"] as string;
  const where = `${channel} ${type} ${JSON.stringify(content).slice(0, 300)}`;
  for (const field of ["msg_id", "session", "username", "date", "msg_type", "version"])
    assert.ok(text(header[field]), `header.${field}: ${where}`);
  assert.equal(header["version"], "5.4");
  assert.match(header["date"] as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  assert.ok(object(parent) && object(metadata), where);
  const schema = CONTENT[type];
  assert.ok(schema, `unknown message type: ${where}`);
  const known = new Set<string>();
  for (const [name, check] of Object.entries(schema)) {
    const field = name.replace(/\?$/, "");
    known.add(field);
    if (content[field] === undefined) assert.ok(name.endsWith("?"), `${field} is missing: ${where}`);
    else assert.ok(check(content[field]), `${field} is wrong: ${where}`);
  }
  for (const field of Object.keys(content)) assert.ok(known.has(field), `${field} is unknown: ${where}`);
  if (type === "execute_reply" && content["status"] === "error")
    for (const [name, check] of Object.entries(error)) assert.ok(check(content[name]), where);
}
