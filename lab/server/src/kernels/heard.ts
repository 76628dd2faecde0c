import type { RawMessage } from "gradlab-kernel";
import { isObject, type Json, text } from "../http/index.js";

export type Channel = "shell" | "iopub" | "stdin" | "control";

/** A message of which only the small parts were read; its content goes on as it came. */
export interface Heard {
  readonly channel: Channel;
  readonly raw: RawMessage;
  readonly header: Json;
  readonly type: string;
  /** msg_id and session of the request that caused it; empty when none did. */
  readonly parentId: string;
  readonly parentSession: string;
  readonly parentType: string;
}

/** Undefined when header or parent is no JSON object, or the header lacks its id. */
export function hear(channel: Channel, raw: RawMessage): Heard | undefined {
  const header = readJson(raw.parts[0]);
  const parent = readJson(raw.parts[1]);
  if (header === undefined || parent === undefined) return undefined;
  const { msg_id, msg_type } = header;
  if (typeof msg_id !== "string" || typeof msg_type !== "string") return undefined;
  return {
    channel,
    raw,
    header,
    type: msg_type,
    parentId: text(parent["msg_id"]),
    parentSession: text(parent["session"]),
    parentType: text(parent["msg_type"]),
  };
}

export function readJson(part: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(part.toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
