/** Frame: u32 length of the JSON, u32 number of buffers, u32 length of each, JSON, buffers. */

/** A record and the binary buffers that go with it → one frame. */
export function encodeRecord(record: object, buffers: readonly Uint8Array[] = []): Buffer {
  const text = JSON.stringify(record);
  if (buffers.length === 0) return encodeText(text);
  const json = Buffer.from(text, "utf8");
  const head = Buffer.allocUnsafe(8 + 4 * buffers.length);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(buffers.length, 4);
  buffers.forEach((buffer, i) => head.writeUInt32LE(buffer.byteLength, 8 + 4 * i));
  return Buffer.concat([head, json, ...buffers]);
}

/** Most records have no buffers, and there are many of them: one allocation each. */
function encodeText(text: string): Buffer {
  const length = Buffer.byteLength(text, "utf8");
  const frame = Buffer.allocUnsafe(8 + length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(0, 4);
  frame.write(text, 8, "utf8");
  return frame;
}

const NONE: readonly number[] = [];

/** Cuts a byte stream, however it arrives, back into records. */
export class RecordReader<T> {
  #chunks: Buffer[] = [];
  #size = 0;
  #need = 8;

  /** The records completed by `chunk`. */
  push(chunk: Buffer): { record: T; buffers: Buffer[] }[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const records: { record: T; buffers: Buffer[] }[] = [];
    while (this.#size >= this.#need) {
      const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      const end = this.#cut(all, records);
      const rest = all.subarray(end);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
    }
    return records;
  }

  /** Takes every whole record of `all`; returns where the rest begins and notes what it needs. */
  #cut(all: Buffer, records: { record: T; buffers: Buffer[] }[]): number {
    let at = 0;
    for (;;) {
      const left = all.length - at;
      if (left < 8) return this.#wait(at, 8);
      const count = all.readUInt32LE(at + 4);
      const head = 8 + 4 * count;
      if (left < head) return this.#wait(at, head);
      const jsonLength = all.readUInt32LE(at);
      const lengths =
        count === 0 ? NONE : Array.from({ length: count }, (_, i) => all.readUInt32LE(at + 8 + 4 * i));
      const total = lengths.reduce((sum, length) => sum + length, head + jsonLength);
      if (left < total) return this.#wait(at, total);
      let start = at + head;
      const json = all.toString("utf8", start, start + jsonLength);
      start += jsonLength;
      const buffers = lengths.map((length) => {
        const buffer = all.subarray(start, start + length);
        start += length;
        return buffer;
      });
      records.push({ record: JSON.parse(json) as T, buffers });
      at += total;
    }
  }

  #wait(at: number, need: number): number {
    this.#need = need;
    return at;
  }
}
