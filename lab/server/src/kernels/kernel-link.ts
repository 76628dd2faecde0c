import { randomUUID } from "node:crypto";
import {
  collectLater,
  connectFrames,
  type ConnectionInfo,
  createMessage,
  createSigner,
  encodeMessage,
  type FrameSockets,
  type JsonObject,
  joinFrames,
  type RawMessage,
  type Signer,
  splitFrames,
} from "gradlab-kernel";
import { type Channel, type Heard, hear } from "./heard.js";

/** ms between two kernel_info_requests of a kernel that has not answered yet. */
const NUDGE = 250;

/**
 * When memory is collected for what went through. Much of the heap are outputs of cells that have just ended, which are
 * kept for two more seconds; little of it is in use then.
 */
const COLLECTION = { tooMuch: 512 << 20, quiet: 3000 };

/** The sockets to one run of a kernel. */
export class KernelLink {
  readonly #signer: Signer;
  readonly #sockets: FrameSockets;
  readonly #session = randomUUID();
  readonly #handle: (heard: Heard) => void;
  #nudging: NodeJS.Timeout | undefined;
  #answered = false;
  #published = false;
  #resolveReady: () => void = () => {};
  /**
   * Resolves once the kernel answered and was heard on iopub: what it publishes later cannot be missed, which a
   * subscription that is still being made would.
   */
  readonly ready = new Promise<void>((resolve) => (this.#resolveReady = resolve));

  constructor(info: ConnectionInfo, handle: (heard: Heard) => void) {
    this.#handle = handle;
    this.#signer = createSigner(info.signature_scheme, info.key);
    this.#sockets = connectFrames(info, (channel, frames) => this.#receive(channel, frames));
    this.#nudge();
    this.#nudging = setInterval(() => this.#nudge(), NUDGE);
  }

  send(channel: Exclude<Channel, "iopub">, raw: RawMessage): void {
    this.#sockets.send(channel, joinFrames({ ...raw, identities: [] }, this.#signer));
  }

  /** A request of the server's own. */
  request(channel: Exclude<Channel, "iopub">, type: string, content: JsonObject = {}): void {
    this.#sockets.send(channel, encodeMessage(createMessage(this.#session, type, content), this.#signer));
  }

  /** Whether a message answers one of the server's own requests: of no interest to clients. */
  isOwn(heard: Heard): boolean {
    return heard.parentSession === this.#session;
  }

  close(): void {
    clearInterval(this.#nudging);
    this.#sockets.close();
  }

  #nudge(): void {
    // on both channels: a busy kernel answers on control, an old one on shell only
    this.request("control", "kernel_info_request");
    if (!this.#answered) this.request("shell", "kernel_info_request");
  }

  #receive(channel: Channel, frames: Buffer[]): void {
    collectLater(
      frames.reduce((sum, frame) => sum + frame.length, 0),
      COLLECTION,
    );
    const raw = splitFrames(frames, this.#signer);
    const heard = raw === undefined ? undefined : hear(channel, raw);
    if (heard === undefined) return;
    if (channel === "iopub") this.#published = true;
    else if (heard.type === "kernel_info_reply") this.#answered = true;
    if (this.#published && this.#answered) {
      clearInterval(this.#nudging);
      this.#resolveReady();
    }
    this.#handle(heard);
  }
}
