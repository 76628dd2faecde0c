import { randomUUID } from "node:crypto";
import type { Order } from "../link/index.js";
import {
  abandonHandlings,
  currentHandling,
  currentRun,
  handling,
  type Handling,
  requestNumber,
  runNumber,
  within,
} from "./context.js";
import { barrier, report } from "./reports.js";
import { showUncaught } from "./uncaught.js";

type CommOrder = Extract<Order, { kind: "comm" }>;
type Json = Record<string, unknown>;

/** What came over a comm. */
export interface CommMessage {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

/** A handler's promise keeps the message's request busy, so that its output is still the request's. */
export type CommHandler = (message: CommMessage) => unknown;

/**
 * A two-way line to the front end (a widget, a plot that asks for more data).
 *
 * @example
 * const comm = new Jupyter.Comm("my.plot", { points: 3 });
 * comm.onMessage = ({ data, buffers }) => comm.send({ got: data }, {}, buffers);
 */
export class Comm {
  readonly id: string;
  readonly target: string;
  /** Called with each message of the front end. */
  onMessage: CommHandler = () => {};
  /** Called when the front end closes the comm. */
  onClose: CommHandler = () => {};
  /** The cell that output of handlers belongs to; without one, it belongs to the message. */
  #cell: number | undefined;

  /** Opens a comm at the front end's target of that name; `id` by default a new one. */
  constructor(target: string, data: Json = {}, options: CommOptions = {}) {
    this.id = options.id ?? randomUUID();
    this.target = target;
    if (options.opened !== true) this.attach();
    open.set(this.id, this);
    if (options.opened !== true) {
      const content = { comm_id: this.id, target_name: target, data };
      emit("comm_open", content, options.metadata, options.buffers);
    }
  }

  /** True until either side closes it. */
  get isOpen(): boolean {
    return open.get(this.id) === this;
  }

  /** Sends JSON and binary data; nothing once the comm is closed. */
  send(data: Json, metadata?: Json, buffers?: readonly Uint8Array[]): void {
    if (this.isOpen) emit("comm_msg", { comm_id: this.id, data }, metadata, buffers);
  }

  close(data: Json = {}, metadata?: Json, buffers?: readonly Uint8Array[]): void {
    if (open.delete(this.id)) emit("comm_close", { comm_id: this.id, data }, metadata, buffers);
  }

  /** Output of handlers appears in the cell that runs now: what the comm stands for is shown there. */
  attach(): void {
    this.#cell = runNumber();
  }

  /** @internal */
  get cell(): number | undefined {
    return this.#cell;
  }
}

export interface CommOptions {
  readonly id?: string;
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
  /** The front end has opened it: nothing is sent. */
  readonly opened?: boolean;
}

/** Called when the front end opens a comm of a registered target. */
export type CommOpened = (comm: Comm, open: CommMessage) => unknown;

const open = new Map<string, Comm>();
const targets = new Map<string, CommOpened>();

function emit(type: string, content: Json, metadata: Json = {}, buffers: readonly Uint8Array[] = []): void {
  report({ kind: "comm", run: requestNumber(), type, content, metadata }, buffers);
}

/** Comms by target: what the front end may open, and what is opened from here. */
export const comms = {
  /** Opens a comm from this side. */
  open(target: string, data: Json = {}, metadata?: Json, buffers?: readonly Uint8Array[]): Comm {
    return new Comm(target, data, {
      ...(metadata === undefined ? {} : { metadata }),
      ...(buffers === undefined ? {} : { buffers }),
    });
  },
  /** Says what happens when the front end opens a comm of this name. */
  registerTarget(target: string, opened: CommOpened): void {
    targets.set(target, opened);
  },
  unregisterTarget(target: string): void {
    targets.delete(target);
  },
  /** The open comm of that id. */
  get(id: string): Comm | undefined {
    return open.get(id);
  },
};

/** A comm message of the front end; its handlers may be asynchronous. */
export function handleComm(order: CommOrder, buffers: readonly Buffer[]): void {
  const id = String(order.content["comm_id"]);
  const cell = open.get(id)?.cell;
  const one: Handling = { run: order.run, messageId: order.messageId, output: cell ?? order.run };
  const work = (): unknown => dispatch(order, id, buffers);
  void handling(one, work)
    .catch((error: unknown) => within(one, () => showUncaught(error)))
    .then(() => report({ kind: "handled", run: order.run }));
}

function dispatch(order: CommOrder, id: string, buffers: readonly Buffer[]): unknown {
  const message = { data: (order.content["data"] ?? {}) as Json, metadata: order.metadata, buffers };
  const comm = open.get(id);
  switch (order.type) {
    case "comm_open":
      return opened(id, String(order.content["target_name"]), message);
    case "comm_close":
      open.delete(id);
      return comm?.onClose(message);
    default:
      return comm?.onMessage(message);
  }
}

function opened(id: string, target: string, message: CommMessage): unknown {
  const handler = targets.get(target);
  if (handler === undefined) return emit("comm_close", { comm_id: id, data: {} });
  const comm = new Comm(target, {}, { id, opened: true });
  try {
    return handler(comm, message);
  } catch (error) {
    comm.close();
    throw error;
  }
}

/** Interrupted handlers do not return: their requests end here. */
export function abandonComms(): void {
  for (const run of abandonHandlings()) report({ kind: "handled", run });
}

/** Makes output of what runs now, if a comm message's handlers do, that of the message itself. */
export function ownOutput(): { readonly messageId: string; readonly end: () => void } {
  const one = currentHandling();
  barrier();
  if (one === undefined) return { messageId: currentRun()?.messageId ?? "", end: barrier };
  const before = one.output;
  one.output = one.run;
  return {
    messageId: one.messageId,
    end: () => {
      barrier();
      one.output = before;
    },
  };
}
