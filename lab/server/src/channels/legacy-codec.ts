import { isObject, type Json } from "../http/index.js";
import { type Codec, malformed, type Packet, readChannel } from "./codec.js";

const WORD = 4;

/**
 * For clients that offer no subprotocol: one JSON text, or, with buffers, big-endian 32-bit numbers (how many parts,
 * their offsets), the JSON, the buffers.
 */
export const legacyCodec: Codec = {
  encode({ channel, raw }: Packet): Buffer | string {
    // the parts are JSON already: no need to read them
    const [header, parent, metadata, content] = raw.parts.map((part) => part.toString("utf8"));
    const { msg_id, msg_type } = JSON.parse(header) as Json;
    const text =
      `{"channel":${JSON.stringify(channel)},"header":${header},"parent_header":${parent},` +
      `"metadata":${metadata},"content":${content},"buffers":[],` +
      `"msg_id":${JSON.stringify(msg_id)},"msg_type":${JSON.stringify(msg_type)}}`;
    if (raw.buffers.length === 0) return text;
    const parts = [Buffer.from(text, "utf8"), ...raw.buffers];
    const head = Buffer.alloc(WORD * (parts.length + 1));
    head.writeUInt32BE(parts.length, 0);
    let offset = head.length;
    parts.forEach((part, i) => {
      head.writeUInt32BE(offset, WORD * (i + 1));
      offset += part.length;
    });
    return Buffer.concat([head, ...parts], offset);
  },

  decode(data: Buffer, isBinary: boolean): Packet {
    const { json, buffers } = isBinary ? splitBinary(data) : { json: data, buffers: [] };
    const message = parse(json);
    const part = (name: string): Buffer => {
      const value = message[name] ?? {};
      if (!isObject(value)) throw malformed(`has a ${name} that is not an object`);
      return Buffer.from(JSON.stringify(value), "utf8");
    };
    return {
      channel: readChannel(message["channel"] ?? "shell"),
      raw: {
        identities: [],
        parts: [part("header"), part("parent_header"), part("metadata"), part("content")],
        buffers,
      },
    };
  },
};

function splitBinary(data: Buffer): { json: Buffer; buffers: Buffer[] } {
  if (data.length < WORD) throw malformed("is too short");
  const count = data.readUInt32BE(0);
  if (count < 1 || WORD * (count + 1) > data.length) throw malformed("has a wrong number of offsets");
  const offsets = Array.from({ length: count }, (_, i) => data.readUInt32BE(WORD * (i + 1)));
  if (offsets[0] < WORD * (count + 1)) throw malformed("has wrong offsets");
  const parts = [...offsets, data.length].slice(0, -1).map((offset, i) => {
    const end = offsets[i + 1] ?? data.length;
    if (offset > end || end > data.length) throw malformed("has offsets that go back or beyond its end");
    return data.subarray(offset, end);
  });
  return { json: parts[0], buffers: parts.slice(1) };
}

function parse(json: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(json.toString("utf8"));
  } catch {
    throw malformed("is not valid JSON");
  }
  if (isObject(value)) return value;
  throw malformed("is not a JSON object");
}
