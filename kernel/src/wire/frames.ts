import type { Header, JsonObject, Message } from "./message.js";
import type { Signer } from "./sign.js";

const DELIMITER = Buffer.from("<IDS|MSG>", "latin1");

/** The frames of a message apart, its JSON unread. */
export interface RawMessage {
  readonly identities: readonly Buffer[];
  /** header, parent, metadata, content */
  readonly parts: readonly [Buffer, Buffer, Buffer, Buffer];
  readonly buffers: readonly Buffer[];
}

/** Parents as JSON: all that comes of a request has the same, and nobody changes a header. */
const parents = new WeakMap<object, Buffer>();
const NOTHING = Buffer.from("{}");

const part = (value: object): Buffer => Buffer.from(JSON.stringify(value), "utf8");

function parentPart(parent: object): Buffer {
  const known = parents.get(parent) ?? part(parent);
  parents.set(parent, known);
  return known;
}

const metadataPart = (metadata: JsonObject): Buffer =>
  Object.keys(metadata).length === 0 ? NOTHING : part(metadata);

/** Message → frames: identities, delimiter, signature, header, parent, metadata, content, buffers. */
export function encodeMessage(message: Message, signer: Signer): Buffer[] {
  return joinFrames(
    {
      identities: message.identities,
      parts: [
        part(message.header),
        parentPart(message.parent),
        metadataPart(message.metadata),
        message.contentJson ?? part(message.content),
      ],
      buffers: message.buffers,
    },
    signer,
  );
}

/** Puts the frames of a message together and signs them. */
export function joinFrames({ identities, parts, buffers }: RawMessage, signer: Signer): Buffer[] {
  return [...identities, DELIMITER, signer.sign(parts), ...parts, ...buffers];
}

/** Takes the frames of a message apart; undefined when they are malformed, wrongly signed or replayed. */
export function splitFrames(frames: readonly Buffer[], signer: Signer): RawMessage | undefined {
  const at = frames.findIndex((frame) => frame.equals(DELIMITER));
  if (at < 0 || frames.length < at + 6) return undefined;
  const parts = [frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]] as const;
  if (!signer.accept(frames[at + 1], parts)) return undefined;
  return { identities: frames.slice(0, at), parts, buffers: frames.slice(at + 6) };
}

/** Frames → message, or undefined when they are malformed, wrongly signed or replayed. */
export function decodeMessage(frames: readonly Buffer[], signer: Signer): Message | undefined {
  const raw = splitFrames(frames, signer);
  if (raw === undefined) return undefined;
  const [header, parent, metadata, content] = raw.parts.map(parseObject);
  if (!header || !parent || !metadata || !content || !isHeader(header)) return undefined;
  return { identities: raw.identities, header, parent, metadata, content, buffers: raw.buffers };
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
  return typeof value["msg_id"] === "string" && typeof value["msg_type"] === "string" && !isDeep(value);
}

/** How deep a header may be nested: it comes back as the parent of every answer, and writing JSON recurses. */
const DEPTH = 50;

function isDeep(value: unknown, depth = DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeep(inner, depth - 1));
}
