import { FLAG } from "./frame-reader.js";

/** Frames from this many bytes on are not copied. */
const LARGE = 16 * 1024;
/** The longest frame whose length is one byte. */
const SHORT = 255;

/** The frames of a message → pieces for a socket: what is small together in one. */
export function writeFrames(frames: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let first = 0; first < frames.length;) {
    let [end, size] = [first, 0];
    // a large frame's head still goes with the small ones before it
    while (end < frames.length) {
      const { length } = frames[end];
      end += 1;
      size += headLength(length) + (length < LARGE ? length : 0);
      if (length >= LARGE) break;
    }
    pieces.push(joinFrames(frames, first, end, size));
    if (frames[end - 1].length >= LARGE) pieces.push(frames[end - 1]);
    first = end;
  }
  return pieces;
}

const headLength = (length: number): number => (length > SHORT ? 9 : 2);

function joinFrames(frames: readonly Buffer[], first: number, end: number, size: number): Buffer {
  const piece = Buffer.allocUnsafe(size);
  let at = 0;
  for (let i = first; i < end; i += 1) {
    const frame = frames[i];
    at = writeHead(piece, at, i + 1 < frames.length ? FLAG.more : 0, frame.length);
    if (frame.length < LARGE) at += frame.copy(piece, at);
  }
  return piece;
}

function writeHead(into: Buffer, at: number, flags: number, length: number): number {
  if (length <= SHORT) {
    into[at] = flags;
    into[at + 1] = length;
    return at + 2;
  }
  into[at] = flags | FLAG.long;
  into.writeUInt32BE(Math.floor(length / 2 ** 32), at + 1);
  into.writeUInt32BE(length % 2 ** 32, at + 5);
  return at + 9;
}

/** A command of the protocol: its name and what it carries. */
export function writeCommand(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([name.length]), Buffer.from(name, "latin1"), data]);
  const head = Buffer.alloc(headLength(body.length));
  writeHead(head, 0, FLAG.command, body.length);
  return Buffer.concat([head, body]);
}
