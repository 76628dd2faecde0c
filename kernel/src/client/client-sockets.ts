import { randomUUID } from "node:crypto";
import { Dealer, Request, Subscriber } from "zeromq";
import {
  type Channel,
  type ConnectionInfo,
  createSigner,
  decodeMessage,
  encodeMessage,
  endpoint,
  type Message,
} from "../wire/index.js";
import type { FrameSockets } from "./frame-sockets.js";
import { SendQueue } from "./send-queue.js";

/** A client's side of the five sockets. */
export interface ClientSockets {
  readonly send: (channel: Exclude<Channel, "iopub">, message: Message) => void;
  /** One heartbeat there and back; rejects after `timeout` ms. */
  readonly beat: (timeout: number) => Promise<void>;
  readonly close: () => void;
}

/** Connects to a kernel, started or not yet: ZeroMQ keeps trying. */
export function connectClient(
  info: ConnectionInfo,
  handle: (channel: Channel, message: Message) => void,
): ClientSockets {
  const signer = createSigner(info.signature_scheme, info.key);
  const sockets = connectByLibzmq(info, (channel, frames) => {
    const message = decodeMessage(frames, signer);
    if (message) handle(channel, message);
  });
  return {
    send: (channel, message) => sockets.send(channel, encodeMessage(message, signer)),
    beat: (timeout) => beat(endpoint(info, "hb"), timeout),
    close: sockets.close,
  };
}

/** As `connectFrames`, by libzmq: what every other client of Jupyter has, so that the kernel is held to it. */
function connectByLibzmq(
  info: ConnectionInfo,
  handle: (channel: Channel, frames: Buffer[]) => void,
): FrameSockets {
  // one routing id for all three, or the kernel's input_request would not find this client
  const options = {
    routingId: randomUUID(),
    linger: 0,
    reconnectInterval: 10,
    sendHighWaterMark: 0,
    receiveHighWaterMark: 0,
  };
  const dealers = { shell: new Dealer(options), control: new Dealer(options), stdin: new Dealer(options) };
  const iopub = new Subscriber({ linger: 0, reconnectInterval: 10, receiveHighWaterMark: 0 });
  iopub.subscribe();
  const names = Object.keys(dealers) as (keyof typeof dealers)[];
  for (const name of names) {
    dealers[name].connect(endpoint(info, name));
    void listen(dealers[name], (frames) => handle(name, frames));
  }
  iopub.connect(endpoint(info, "iopub"));
  void listen(iopub, (frames) => handle("iopub", frames));
  const queues = {
    shell: new SendQueue(dealers.shell),
    control: new SendQueue(dealers.control),
    stdin: new SendQueue(dealers.stdin),
  };
  return {
    send: (channel, frames) => queues[channel].push(frames),
    close: () => {
      for (const socket of [...names.map((name) => dealers[name]), iopub]) socket.close();
    },
  };
}

async function listen(socket: AsyncIterable<Buffer[]>, handle: (frames: Buffer[]) => void): Promise<void> {
  try {
    for await (const frames of socket) handle(frames);
  } catch {
    // closed
  }
}

async function beat(address: string, timeout: number): Promise<void> {
  const socket = new Request({ linger: 0, receiveTimeout: timeout, sendTimeout: timeout });
  try {
    socket.connect(address);
    await socket.send("ping");
    await socket.receive();
  } finally {
    socket.close();
  }
}
