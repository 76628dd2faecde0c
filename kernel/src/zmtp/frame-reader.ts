/** One frame: a part of a message, or a command of the protocol. */
export interface Frame {
  readonly body: Buffer;
  /** Another part of the same message follows. */
  readonly more: boolean;
  readonly command: boolean;
}

/** Bits of a frame's first byte. */
export const FLAG = { more: 1, long: 2, command: 4 } as const;

/** The upper half of a length from which on it cannot be held as a number, let alone in memory. */
const TOO_LONG = 0x20_0000;

/** Cuts a byte stream, however it arrives, into pieces of given lengths and into frames. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next `length` bytes, once they are there. */
  take(length: number): Buffer | undefined {
    if (this.#size < length) return undefined;
    const all = this.#joined(length);
    this.#drop(all, length);
    return all.subarray(0, length);
  }

  /** The next frame, once all of it is there; throws where the length is no length. */
  next(): Frame | undefined {
    if (this.#size < 2) return undefined;
    const flags = this.#joined(2)[0];
    const head = (flags & FLAG.long) === 0 ? 2 : 9;
    if (this.#size < head) return undefined;
    const first = this.#joined(head);
    const length = head === 2 ? first[1] : longLength(first);
    const whole = this.take(head + length);
    return (
      whole && { body: whole.subarray(head), more: (flags & FLAG.more) !== 0, command: isCommand(flags) }
    );
  }

  /** One piece that holds at least `length` bytes: chunks are joined once for a frame that comes in many. */
  #joined(length: number): Buffer {
    if (this.#chunks[0].length < length) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0];
  }

  #drop(first: Buffer, length: number): void {
    this.#size -= length;
    if (length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
  }
}

const isCommand = (flags: number): boolean => (flags & FLAG.command) !== 0;

function longLength(head: Buffer): number {
  const upper = head.readUInt32BE(1);
  if (upper >= TOO_LONG) throw new RangeError("A frame has a length that no memory holds.");
  return upper * 2 ** 32 + head.readUInt32BE(5);
}
