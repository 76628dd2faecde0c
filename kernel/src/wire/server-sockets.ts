import { Router, XPublisher } from "zeromq";
import { type ConnectionInfo, endpoint } from "./connection.js";
import { decodeMessage, encodeMessage } from "./frames.js";
import { createMessage, type Channel, type Message } from "./message.js";
import { createSigner } from "./sign.js";
import { SendQueue } from "./send-queue.js";

type RequestChannel = Exclude<Channel, "iopub">;

/** The kernel's five sockets. */
export interface ServerSockets {
  readonly send: (channel: Channel, message: Message) => void;
  /** Starts reading; called once everything is bound. */
  readonly read: (handle: (channel: RequestChannel, message: Message) => void) => void;
  /** Sends what is queued, then closes. */
  readonly close: () => Promise<void>;
}

/** How long, in ms, ZeroMQ keeps unsent messages after close. */
const LINGER = 1000;

/** Binds all five sockets; nothing is read before `read` is called. */
export async function bindServer(info: ConnectionInfo, session: string): Promise<ServerSockets> {
  const options = { linger: LINGER, sendHighWaterMark: 0, receiveHighWaterMark: 0 };
  const routers = {
    shell: new Router(options),
    control: new Router(options),
    stdin: new Router(options),
  };
  // every subscriber is welcomed, not only the first to each topic
  const iopub = new XPublisher({ ...options, verbosity: "allSubs" });
  const heartbeat = new Router({ linger: 0 });
  await Promise.all([
    ...(Object.keys(routers) as RequestChannel[]).map((name) => routers[name].bind(endpoint(info, name))),
    iopub.bind(endpoint(info, "iopub")),
    heartbeat.bind(endpoint(info, "hb")),
  ]);
  const signer = createSigner(info.signature_scheme, info.key);
  const queues = {
    shell: new SendQueue(routers.shell),
    control: new SendQueue(routers.control),
    stdin: new SendQueue(routers.stdin),
    iopub: new SendQueue(iopub),
  };
  const send = (channel: Channel, message: Message): void =>
    queues[channel].push(encodeMessage(message, signer));
  return {
    send,
    read(handle) {
      void echo(heartbeat);
      void welcome(iopub, (topic) =>
        send(
          "iopub",
          createMessage(
            session,
            "iopub_welcome",
            { subscription: topic.toString("utf8") },
            { identities: [topic] },
          ),
        ),
      );
      for (const name of Object.keys(routers) as RequestChannel[]) {
        void receive(routers[name], (frames) => {
          const message = decodeMessage(frames, signer);
          if (message) handle(name, message);
        });
      }
    },
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.flushed()));
      for (const socket of [...Object.values(routers), iopub, heartbeat]) socket.close();
    },
  };
}

async function receive(socket: AsyncIterable<Buffer[]>, handle: (frames: Buffer[]) => void): Promise<void> {
  try {
    for await (const frames of socket) handle(frames);
  } catch {
    // closed
  }
}

async function echo(socket: Router): Promise<void> {
  try {
    for await (const frames of socket) await socket.send(frames);
  } catch {
    // closed
  }
}

/** JEP 65: a subscriber is told that it is subscribed, so that it need not guess. */
async function welcome(socket: XPublisher, greet: (topic: Buffer) => void): Promise<void> {
  await receive(socket, (frames) => {
    const first = frames[0];
    if (first !== undefined && first[0] === 1) greet(first.subarray(1));
  });
}
