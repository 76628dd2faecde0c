import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";

/** The version of the Jupyter messaging protocol spoken here. */
export const PROTOCOL_VERSION = "5.4";

export type Channel = "shell" | "iopub" | "stdin" | "control";
export type JsonObject = { [key: string]: unknown };

/** A field that must be a text; anything else counts as `fallback`. */
export function text(value: unknown, fallback = ""): string {
  return typeof value === "string" ? value : fallback;
}

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
  /** The subshell that a request is for; absent or null: the main shell. */
  readonly subshell_id?: string | null;
}

export interface Message {
  /** Routing prefix: client identities on ROUTER sockets, the topic on iopub. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Header | JsonObject;
  readonly metadata: JsonObject;
  readonly content: JsonObject;
  /** The content of a message to be sent, where it is JSON already; `content` is empty then. */
  readonly contentJson?: Buffer;
  readonly buffers: readonly Buffer[];
}

export interface MessageOptions {
  readonly contentJson?: Buffer;
  readonly parent?: Header | JsonObject;
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Buffer[];
  readonly identities?: readonly Buffer[];
}

let cachedUser: string | undefined;

function username(): string {
  if (cachedUser === undefined) {
    try {
      cachedUser = userInfo().username;
    } catch {
      cachedUser = "user"; // a container may run a uid without an entry in passwd
    }
  }
  return cachedUser;
}

/** A new message of one session, dated now. */
export function createMessage(
  session: string,
  type: string,
  content: JsonObject,
  options: MessageOptions = {},
): Message {
  return {
    identities: options.identities ?? [],
    header: {
      msg_id: randomUUID(),
      session,
      username: username(),
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    },
    parent: options.parent ?? {},
    metadata: options.metadata ?? {},
    content,
    ...(options.contentJson === undefined ? {} : { contentJson: options.contentJson }),
    buffers: options.buffers ?? [],
  };
}
