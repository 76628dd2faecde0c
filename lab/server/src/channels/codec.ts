import type { RawMessage } from "gradlab-kernel";
import { ServerError } from "../errors.js";
import type { Channel } from "../kernels/index.js";

/** A message of a WebSocket: a kernel's frames and the channel they belong to. */
export interface Packet {
  readonly channel: Channel;
  readonly raw: RawMessage;
}

/** One way to put a packet into a WebSocket message. */
export interface Codec {
  readonly encode: (packet: Packet) => Buffer | string;
  /** Throws E_BAD_REQUEST for anything else than a packet. */
  readonly decode: (data: Buffer, isBinary: boolean) => Packet;
}

const CHANNELS: readonly string[] = ["shell", "control", "stdin", "iopub"];

export function readChannel(name: unknown): Channel {
  if (typeof name === "string" && CHANNELS.includes(name)) return name as Channel;
  throw malformed("names no channel");
}

export function malformed(what: string): ServerError {
  return new ServerError("E_BAD_REQUEST", `A WebSocket message ${what}.`);
}
