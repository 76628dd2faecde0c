import { flushAll, PublisherSocket, RouterSocket } from "../zmtp/index.js";
import { type ConnectionInfo, endpoint } from "./connection.js";
import { decodeMessage, encodeMessage } from "./frames.js";
import { createMessage, type Channel, type Message } from "./message.js";
import { createSigner } from "./sign.js";

type RequestChannel = Exclude<Channel, "iopub">;

/** The kernel's five sockets. */
export interface ServerSockets {
  readonly send: (channel: Channel, message: Message) => void;
  /** Hands what was said to the system now; by itself that happens when the events at hand are dealt with. */
  readonly flush: () => void;
  /** Starts reading; called once everything is bound. */
  readonly read: (handle: (channel: RequestChannel, message: Message) => void) => void;
  /** Sends what is queued, then closes. */
  readonly close: () => Promise<void>;
}

/** Binds all five sockets; nothing is read before `read` is called. */
export async function bindServer(info: ConnectionInfo, session: string): Promise<ServerSockets> {
  const routers = { shell: new RouterSocket(), control: new RouterSocket(), stdin: new RouterSocket() };
  const iopub = new PublisherSocket();
  const heartbeat = new RouterSocket();
  const sockets = { ...routers, iopub };
  const names = Object.keys(routers) as RequestChannel[];
  await Promise.all([
    ...(Object.keys(sockets) as Channel[]).map((name) => sockets[name].listen(endpoint(info, name))),
    heartbeat.listen(endpoint(info, "hb")),
  ]);
  const signer = createSigner(info.signature_scheme, info.key);
  const send = (channel: Channel, message: Message): void =>
    sockets[channel].send(encodeMessage(message, signer));
  return {
    send,
    flush: flushAll,
    read(handle) {
      heartbeat.read((frames) => heartbeat.send(frames));
      // JEP 65: a subscriber is told that it is subscribed, so that it need not guess
      iopub.onSubscribe = (topic) => {
        const content = { subscription: topic.toString("utf8") };
        send("iopub", createMessage(session, "iopub_welcome", content, { identities: [topic] }));
      };
      for (const name of names) {
        routers[name].read((frames) => {
          const message = decodeMessage(frames, signer);
          if (message) handle(name, message);
        });
      }
    },
    async close() {
      await Promise.all([...Object.values(sockets), heartbeat].map((socket) => socket.close()));
    },
  };
}
