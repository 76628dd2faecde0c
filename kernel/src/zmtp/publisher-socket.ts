import { writeFrames } from "./frame-writer.js";
import { Listener } from "./listener.js";
import type { Peer } from "./peer.js";

/** Topics (what a message's first frame begins with) and how often each was asked for. */
type Topics = Map<string, number>;

/** Says everything to all that asked for its topic; tells of each that asks. */
export class PublisherSocket {
  readonly #listener: Listener;
  readonly #topics = new Map<Peer, Topics>();
  /** Someone subscribed, and hears what is sent from now on. */
  onSubscribe: (topic: Buffer) => void = () => {};

  constructor() {
    this.#listener = new Listener("XPUB", {
      ready: (peer) => void this.#topics.set(peer, new Map()),
      message: (peer, frames) => this.#change(peer, frames[0]),
      command: (peer, name, data) => {
        if (name === "SUBSCRIBE") this.#subscribe(peer, data);
        else if (name === "CANCEL") this.#cancel(peer, data);
      },
      closed: (peer) => void this.#topics.delete(peer),
    });
  }

  listen(address: string): Promise<void> {
    return this.#listener.listen(address);
  }

  send(frames: readonly Buffer[]): void {
    if (this.#topics.size === 0) return;
    const topic = frames[0].toString("latin1");
    let pieces: readonly Buffer[] | undefined;
    for (const [peer, topics] of this.#topics) {
      if (hears(topics, topic)) peer.send((pieces ??= writeFrames(frames)));
    }
  }

  /** Sends what is queued, then closes. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  /** Before version 3.1 a subscription is a message: 1 or 0, and the topic. */
  #change(peer: Peer, frame: Buffer): void {
    if (frame[0] === 1) this.#subscribe(peer, frame.subarray(1));
    else if (frame[0] === 0) this.#cancel(peer, frame.subarray(1));
  }

  #subscribe(peer: Peer, data: Buffer): void {
    const topics = this.#topics.get(peer);
    const topic = data.toString("latin1");
    topics?.set(topic, (topics.get(topic) ?? 0) + 1);
    this.onSubscribe(data);
  }

  #cancel(peer: Peer, data: Buffer): void {
    const topics = this.#topics.get(peer);
    const topic = data.toString("latin1");
    const left = (topics?.get(topic) ?? 0) - 1;
    if (left > 0) topics?.set(topic, left);
    else topics?.delete(topic);
  }
}

function hears(topics: Topics, topic: string): boolean {
  if (topics.has("")) return true;
  for (const wanted of topics.keys()) if (topic.startsWith(wanted)) return true;
  return false;
}
