import type { Header, JsonObject, Message } from "./message.js";
import type { Signer } from "./sign.js";

const DELIMITER = Buffer.from("<IDS|MSG>", "latin1");

/** Message → frames: identities, delimiter, signature, header, parent, metadata, content, buffers. */
export function encodeMessage(message: Message, signer: Signer): Buffer[] {
  const parts = [message.header, message.parent, message.metadata, message.content].map((part) =>
    Buffer.from(JSON.stringify(part), "utf8"),
  );
  return [...message.identities, DELIMITER, signer.sign(parts), ...parts, ...message.buffers];
}

/** Frames → message, or undefined when they are malformed, wrongly signed or replayed. */
export function decodeMessage(frames: readonly Buffer[], signer: Signer): Message | undefined {
  const at = frames.findIndex((frame) => frame.equals(DELIMITER));
  if (at < 0 || frames.length < at + 6) return undefined;
  const parts = frames.slice(at + 2, at + 6);
  if (!signer.accept(frames[at + 1], parts)) return undefined;
  const [header, parent, metadata, content] = parts.map(parseObject);
  if (!header || !parent || !metadata || !content || !isHeader(header)) return undefined;
  return {
    identities: frames.slice(0, at),
    header,
    parent,
    metadata,
    content,
    buffers: frames.slice(at + 6),
  };
}

function parseObject(frame: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(frame.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(value: JsonObject): value is JsonObject & Header {
  return typeof value["msg_id"] === "string" && typeof value["msg_type"] === "string";
}
