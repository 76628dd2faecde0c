import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { ServerError } from "../errors.js";
import {
  hear,
  type Heard,
  type KernelListener,
  type Kernels,
  type ManagedKernel,
  POLLED,
} from "../kernels/index.js";
import { Client } from "./client.js";
import type { Packet } from "./codec.js";
import { KernelChannels } from "./kernel-channels.js";
import { legacyCodec } from "./legacy-codec.js";
import { V1_PROTOCOL, v1Codec } from "./v1-codec.js";

/** Who follows what pages ask kernels to run. */
export interface ExecutionWatch {
  /** A page sends a request. */
  onRequest(kernel: ManagedKernel, request: Heard): void;
  /** The last connection of a session is gone; it may come back. */
  onLeave(kernel: ManagedKernel, sessionId: string): void;
  /** A session is back; `complete` when it missed nothing. */
  onJoin(kernel: ManagedKernel, sessionId: string, complete: boolean): void;
}

export interface ChannelsOptions {
  readonly watch: ExecutionWatch;
  /** ms between two pings; a connection that missed one is ended. */
  readonly pingEvery: number;
}

/** Bytes of one WebSocket message from a page: widgets send binary data. */
const MAX_MESSAGE = 512 * 1024 * 1024;

/** The WebSockets of all kernels. */
export class Channels {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    handleProtocols: (offered) => (offered.has(V1_PROTOCOL) ? V1_PROTOCOL : false),
  });
  readonly #options: ChannelsOptions;
  readonly #kernels = new Map<string, KernelChannels>();
  readonly #alive = new WeakSet<WebSocket>();
  readonly #clients = new WeakMap<WebSocket, Client>();
  readonly #pings: NodeJS.Timeout;

  constructor(options: ChannelsOptions) {
    this.#options = options;
    this.#pings = setInterval(() => this.#ping(), options.pingEvery).unref();
  }

  /** What listens to a new kernel. */
  attach(kernel: ManagedKernel): KernelListener {
    const channels = new KernelChannels(kernel);
    this.#kernels.set(kernel.id, channels);
    return {
      onMessage: (heard) => channels.onMessage(heard),
      onGone: () => channels.onGone(),
      onEnd: () => {
        channels.onEnd();
        this.#kernels.delete(kernel.id);
      },
    };
  }

  of(kernelId: string): KernelChannels | undefined {
    return this.#kernels.get(kernelId);
  }

  /** Takes over an upgrade of /api/kernels/ID/channels that was admitted. */
  upgrade(
    kernels: Kernels,
    id: string,
    sessionId: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    const kernel = kernels.get(id);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#open(kernel, sessionId, webSocket, socket),
    );
  }

  /** A WebSocket on which nothing is ever said: there are no server events. */
  upgradeSilent(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#keepAlive(webSocket);
      webSocket.on("error", () => webSocket.terminate());
    });
  }

  close(): void {
    clearInterval(this.#pings);
    for (const socket of this.#sockets.clients) socket.close(1001, "The server ends");
    this.#sockets.close();
    setTimeout(() => this.#sockets.clients.forEach((socket) => socket.terminate()), 500).unref();
  }

  #open(kernel: ManagedKernel, sessionId: string, socket: WebSocket, stream: Duplex): void {
    const channels = this.#kernels.get(kernel.id);
    if (channels === undefined) return socket.close(1000, "The kernel was shut down");
    const codec = socket.protocol === V1_PROTOCOL ? v1Codec : legacyCodec;
    const client = new Client(socket, stream, codec, sessionId);
    this.#clients.set(socket, client);
    this.#keepAlive(socket);
    const { watch } = this.#options;
    const complete = channels.join(client);
    watch.onJoin(kernel, sessionId, complete);
    socket.on("message", (data, isBinary) => {
      try {
        this.#receive(kernel, channels, client, codec.decode(data as Buffer, isBinary));
      } catch (error) {
        client.close(1007, error instanceof ServerError ? error.sentence.slice(0, 120) : "Malformed message");
      }
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      channels.leave(client);
      for (const session of client.sessions) {
        if (!channels.isConnected(session)) watch.onLeave(kernel, session);
      }
    });
  }

  #receive(kernel: ManagedKernel, channels: KernelChannels, client: Client, packet: Packet): void {
    const { channel, raw } = packet;
    const heard = hear(channel, raw);
    if (heard === undefined)
      throw new ServerError("E_BAD_REQUEST", "A message has no header that can be read.");
    if (channel === "iopub") return; // pages only listen there
    const session = heard.header["session"];
    if (typeof session === "string" && session !== "") client.sessions.add(session);
    if (heard.type !== POLLED) kernel.lastActivity = new Date();
    this.#options.watch.onRequest(kernel, heard);
    channels.send(channel, raw);
  }

  #keepAlive(socket: WebSocket): void {
    this.#alive.add(socket);
    socket.on("pong", () => this.#alive.add(socket));
  }

  #ping(): void {
    for (const socket of this.#sockets.clients) {
      if (!this.#alive.has(socket)) {
        const client = this.#clients.get(socket);
        if (client === undefined) socket.terminate();
        else client.abandon();
        continue;
      }
      this.#alive.delete(socket);
      socket.ping();
    }
  }
}
