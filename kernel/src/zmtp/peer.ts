import type { Socket } from "node:net";
import { type Frame, FrameReader } from "./frame-reader.js";
import { writeCommand } from "./frame-writer.js";
import {
  checkGreeting,
  GREETING,
  GREETING_LENGTH,
  readCommand,
  readReady,
  readyCommand,
  type SocketType,
} from "./handshake.js";
import { Outbox } from "./outbox.js";

/** ms in which a connection must have said what it is. */
const HANDSHAKE = 30_000;

export interface PeerEvents {
  /** The handshake is done. */
  readonly ready: (peer: Peer) => void;
  readonly message: (peer: Peer, frames: Buffer[]) => void;
  /** A command that is not the handshake's. */
  readonly command: (peer: Peer, name: string, data: Buffer) => void;
  /** It is gone, ready or not. */
  readonly closed: (peer: Peer) => void;
}

/** One connection: whoever breaks the protocol is cut off, and nobody else notices. */
export class Peer {
  readonly #socket: Socket;
  readonly #type: SocketType;
  readonly #name: string;
  readonly #events: PeerEvents;
  readonly #reader = new FrameReader();
  readonly #outbox: Outbox;
  #stage: "greeting" | "handshake" | "ready" = "greeting";
  #frames: Buffer[] = [];
  /** What it calls itself; empty where it does not say. */
  identity: Buffer = Buffer.alloc(0);

  /** @param name what this side calls itself */
  constructor(socket: Socket, type: SocketType, events: PeerEvents, name = "") {
    this.#socket = socket;
    this.#type = type;
    this.#name = name;
    this.#events = events;
    this.#outbox = new Outbox(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    const patience = setTimeout(() => socket.destroy(), HANDSHAKE).unref();
    socket.on("close", () => {
      clearTimeout(patience);
      events.closed(this);
    });
    socket.on("data", (chunk: Buffer) => {
      this.#read(chunk);
      if (this.#stage === "ready") clearTimeout(patience);
    });
    socket.write(GREETING);
  }

  send(pieces: readonly Buffer[]): void {
    this.#outbox.push(pieces);
  }

  close(patience: number): Promise<void> {
    return this.#outbox.close(patience);
  }

  #read(chunk: Buffer): void {
    this.#reader.push(chunk);
    try {
      if (this.#stage === "greeting") {
        const greeting = this.#reader.take(GREETING_LENGTH);
        if (greeting === undefined) return;
        checkGreeting(greeting);
        this.#stage = "handshake";
        this.#socket.write(readyCommand(this.#type, this.#name));
      }
    } catch {
      this.#socket.destroy();
      return;
    }
    for (let frame = this.#next(); frame !== undefined && !this.#socket.destroyed; frame = this.#next()) {
      this.#take(frame);
    }
  }

  #next(): Frame | undefined {
    try {
      return this.#reader.next();
    } catch {
      this.#socket.destroy();
      return undefined;
    }
  }

  #take(frame: Frame): void {
    if (frame.command) this.#obey(frame.body);
    else if (this.#stage !== "ready") this.#socket.destroy();
    else {
      this.#frames.push(frame.body);
      if (frame.more) return;
      const frames = this.#frames;
      this.#frames = [];
      this.#events.message(this, frames);
    }
  }

  #obey(body: Buffer): void {
    const { name, data } = readCommand(body);
    if (this.#stage === "handshake") this.#welcome(name, data);
    else if (name === "PING") this.send([writeCommand("PONG", data.subarray(2))]);
    else if (name === "ERROR") this.#socket.destroy();
    else this.#events.command(this, name, data);
  }

  #welcome(name: string, data: Buffer): void {
    try {
      if (name !== "READY") throw new Error(`${name} came before READY.`);
      this.identity = readReady(data, this.#type);
    } catch {
      this.#socket.destroy();
      return;
    }
    this.#stage = "ready";
    this.#events.ready(this);
  }
}
