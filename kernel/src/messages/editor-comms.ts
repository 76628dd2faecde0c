import { createRequire } from "node:module";
import type { JsonObject } from "../wire/index.js";
import type { Context, Request } from "./context.js";
import { EditorSession } from "./editor-session.js";

/** The comm target of editor help; docs/kernel-language-comm.md is its specification. */
export const EDITOR_TARGET = "gradlab.language";
const VERSION = 1;
/** Open at once. A page that is reloaded does not close its comm, and each holds a copy of the notebook open. */
const OPEN = 16;
const require = createRequire(import.meta.url);

/** The comms of front ends that show help while cells are written; their other end is in this process. */
export class EditorComms {
  readonly #sessions = new Map<string, EditorSession>();

  /** [id, target] of every open one. */
  get open(): [string, string][] {
    return [...this.#sessions.keys()].map((id) => [id, EDITOR_TARGET]);
  }

  /** Takes a comm message that is for an editor; false for those of the cell process. */
  receive(context: Context, { message }: Request): boolean {
    const { content, header } = message;
    const id = String(content["comm_id"]);
    if (header.msg_type === "comm_open") {
      if (content["target_name"] !== EDITOR_TARGET) return false;
      this.#open(context, id, header);
      return true;
    }
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    this.#sessions.delete(id);
    if (header.msg_type === "comm_close") session.close();
    else {
      this.#sessions.set(id, session); // the last used come last
      session.receive(content["data"], header as unknown as JsonObject);
    }
    return true;
  }

  /** Diagnostics may have changed: a cell ran, packages came, the type check was set. */
  refresh(context: Context): void {
    for (const session of this.#sessions.values())
      session.send({ method: "refresh", params: { typeCheck: context.typeCheck } }, {});
  }

  #open(context: Context, id: string, parent: unknown): void {
    const session = new EditorSession(context, (data, header) =>
      context.publisher.publish("comm_msg", { comm_id: id, data }, header),
    );
    this.#sessions.get(id)?.close();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    if (this.#sessions.size > OPEN) this.#closeOldest(context);
    const { version } = require("typescript/package.json") as { version: string };
    const hello = {
      version: VERSION,
      typescript: version,
      methods: session.methods,
      completionTriggers: [".", '"', "'", "`", "/", "@", "<", "#", "%"],
      signatureTriggers: ["(", ",", "<"],
      typeCheck: context.typeCheck,
    };
    session.send({ method: "hello", params: hello }, parent as JsonObject);
  }

  #closeOldest(context: Context): void {
    const [[id, session] = []] = this.#sessions;
    if (id === undefined || session === undefined) return;
    this.#sessions.delete(id);
    session.close();
    context.publisher.publish("comm_close", { comm_id: id, data: {} }, {});
  }
}
