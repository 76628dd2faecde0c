import { isDeepStrictEqual } from "node:util";
import { type CheckedMessage, faultOf, type Json } from "./schema/index.js";

/** Holds everything that a kernel sends against the schema, and its order against the protocol's. */
export class Conformance {
  readonly faults: string[] = [];
  readonly #background: boolean;
  /** Headers of the requests by their id. */
  readonly #requests = new Map<string, Json>();
  readonly #states = new Map<string, string>();
  readonly #ids = new Set<string>();

  constructor(background: boolean) {
    this.#background = background;
  }

  sent(header: Json): void {
    // as it is on the wire, without undefined fields
    this.#requests.set(String(header["msg_id"]), JSON.parse(JSON.stringify(header)) as Json);
  }

  received(message: CheckedMessage): void {
    const fault = faultOf(message) ?? this.#identity(message) ?? this.#order(message);
    if (fault !== undefined) this.faults.push(fault);
  }

  /** Every message has an id of its own and carries the header of its request unchanged; replies have its type. */
  #identity({ channel, header, parent }: CheckedMessage): string | undefined {
    const id = String(header["msg_id"]);
    if (this.#ids.has(id)) return `two messages with the id ${id}`;
    this.#ids.add(id);
    const request = this.#requests.get(String(parent["msg_id"]));
    if (request === undefined) return undefined;
    if (!isDeepStrictEqual(parent, request))
      return `the parent header was changed: ${JSON.stringify(parent)}`;
    const [asked, type] = [String(request["msg_type"]), String(header["msg_type"])];
    const isReply = channel === "shell" || channel === "control";
    return isReply && type !== asked.replace(/_request$/, "_reply")
      ? `${asked} answered by ${type}`
      : undefined;
  }

  /** On iopub: busy first, then what the request shows, idle last. */
  #order({ channel, header, parent, content }: CheckedMessage): string | undefined {
    const id = parent["msg_id"];
    if (channel !== "iopub" || typeof id !== "string" || !this.#requests.has(id)) return undefined;
    const type = String(header["msg_type"]);
    const before = this.#states.get(id);
    if (type === "status") this.#states.set(id, String(content["execution_state"]));
    if (type === "status" && before === undefined && content["execution_state"] !== "busy")
      return `${String(content["execution_state"])} without busy`;
    if (before === "idle" && !this.#background) return `${type} after the idle of its request`;
    return before === undefined && type !== "status" ? `${type} before the busy of its request` : undefined;
  }
}
