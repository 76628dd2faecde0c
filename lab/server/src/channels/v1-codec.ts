import { type Codec, malformed, type Packet, readChannel } from "./codec.js";

/** Subprotocol of jupyter_server 2: frames as they are, behind a table of offsets. */
export const V1_PROTOCOL = "v1.kernel.websocket.jupyter.org";

/** Channel, header, parent, metadata, content. */
const FIXED = 5;
const WORD = 8;

/** Little-endian 64-bit numbers: how many offsets, the offsets (the last is the end); then the parts. */
export const v1Codec: Codec = {
  encode({ channel, raw }: Packet): Buffer {
    const parts = [Buffer.from(channel, "latin1"), ...raw.parts, ...raw.buffers];
    const head = Buffer.alloc(WORD * (parts.length + 2));
    head.writeBigUInt64LE(BigInt(parts.length + 1), 0);
    let offset = head.length;
    parts.forEach((part, i) => {
      head.writeBigUInt64LE(BigInt(offset), WORD * (i + 1));
      offset += part.length;
    });
    head.writeBigUInt64LE(BigInt(offset), WORD * (parts.length + 1));
    return Buffer.concat([head, ...parts], offset);
  },

  decode(data: Buffer, isBinary: boolean): Packet {
    if (!isBinary || data.length < WORD) throw malformed("is not binary");
    const count = readWord(data, 0);
    if (count < FIXED + 1 || WORD * (count + 1) > data.length)
      throw malformed("has a wrong number of offsets");
    const offsets = Array.from({ length: count }, (_, i) => readWord(data, WORD * (i + 1)));
    const start = WORD * (count + 1);
    if (offsets[0] !== start || offsets[count - 1] !== data.length) throw malformed("has wrong offsets");
    const parts = offsets.slice(0, -1).map((offset, i) => {
      if (offsets[i + 1] < offset) throw malformed("has offsets that go back");
      return data.subarray(offset, offsets[i + 1]);
    });
    const [channel, header, parent, metadata, content, ...buffers] = parts;
    return {
      channel: readChannel(channel.toString("latin1")),
      raw: { identities: [], parts: [header, parent, metadata, content], buffers },
    };
  },
};

function readWord(data: Buffer, at: number): number {
  const value = data.readBigUInt64LE(at);
  if (value > BigInt(data.length)) throw malformed("has an offset beyond its end");
  return Number(value);
}
