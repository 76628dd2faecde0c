import { randomUUID } from "node:crypto";
import { type Channel, type ConnectionInfo, endpoint } from "../wire/index.js";
import { Connector } from "../zmtp/index.js";

/** A client's side of four of the sockets, in frames as they are on the wire: for one that passes messages on. */
export interface FrameSockets {
  readonly send: (channel: Exclude<Channel, "iopub">, frames: Buffer[]) => void;
  readonly close: () => void;
}

/**
 * Connects to a kernel, started or not yet, and again to one that comes back at its address. By sockets of gradlab's own:
 * libzmq's thread would wake this process for each message, and be woken for each.
 */
export function connectFrames(
  info: ConnectionInfo,
  handle: (channel: Channel, frames: Buffer[]) => void,
): FrameSockets {
  // one name for all three, or the kernel's input_request would not find this client
  const identity = randomUUID();
  const dealer = (channel: Exclude<Channel, "iopub">): Connector =>
    new Connector(endpoint(info, channel), {
      type: "DEALER",
      identity,
      receive: (frames) => handle(channel, frames),
    });
  const dealers = { shell: dealer("shell"), control: dealer("control"), stdin: dealer("stdin") };
  const iopub = new Connector(endpoint(info, "iopub"), {
    type: "SUB",
    receive: (frames) => handle("iopub", frames),
  });
  return {
    send: (channel, frames) => dealers[channel].send(frames),
    close: () => [...Object.values(dealers), iopub].forEach((one) => one.close()),
  };
}
