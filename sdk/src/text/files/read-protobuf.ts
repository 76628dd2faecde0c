import { GradlabError } from "../../errors.js";

/** One field of a protobuf message: a number (varint, fixed) or the bytes of a text or of a message. */
export interface ProtobufField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/**
 * The fields of a protobuf message in the order of the file.
 *
 * @throws E_TOKENIZER when the bytes are no protobuf message or are cut
 * @source https://protobuf.dev/programming-guides/encoding/
 */
export function readProtobuf(bytes: Uint8Array): ProtobufField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: ProtobufField[] = [];
  let at = 0;
  const take = (size: number): number => {
    if (size > bytes.length - at) throw damaged();
    at += size;
    return at - size;
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[take(1)];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 63) throw damaged();
    }
  };
  const readers: Readonly<Record<number, () => number | Uint8Array>> = {
    0: varint,
    1: () => view.getFloat64(take(8), true),
    2: () => {
      const size = varint();
      const start = take(size);
      return bytes.subarray(start, start + size);
    },
    5: () => view.getFloat32(take(4), true),
  };
  while (at < bytes.length) {
    const tag = varint();
    const reader = readers[tag & 7];
    if (reader === undefined || tag < 8) throw damaged();
    fields.push({ number: Math.floor(tag / 8), value: reader() });
  }
  return fields;
}

function damaged(): GradlabError {
  return new GradlabError("E_TOKENIZER", "This tokenizer.model is cut, or no SentencePiece model.", {
    hint: "Fetch the file again; a Git LFS pointer is a text of a few lines.",
  });
}
