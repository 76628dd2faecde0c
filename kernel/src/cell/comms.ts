import { randomUUID } from "node:crypto";
import type { Order } from "../link/index.js";
import { runNumber } from "./context.js";
import { report } from "./reports.js";

type CommOrder = Extract<Order, { kind: "comm" }>;
type Json = Record<string, unknown>;

export interface CommMessage {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

export interface CommSendOptions {
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** A two-way line to the front end (a widget, a plot that asks for more data). */
export class Comm {
  readonly id: string;
  readonly target: string;
  onMessage: (message: CommMessage) => void = () => {};
  onClose: (message: CommMessage) => void = () => {};

  constructor(id: string, target: string) {
    this.id = id;
    this.target = target;
  }

  send(data: Json, options: CommSendOptions = {}): void {
    emit("comm_msg", { comm_id: this.id, data }, options);
  }

  close(data: Json = {}, options: CommSendOptions = {}): void {
    if (open.delete(this.id)) emit("comm_close", { comm_id: this.id, data }, options);
  }
}

const open = new Map<string, Comm>();
const targets = new Map<string, (comm: Comm, message: CommMessage) => void>();

function emit(type: string, content: Json, options: CommSendOptions): void {
  report(
    { kind: "comm", run: runNumber(), type, content, metadata: { ...options.metadata } },
    options.buffers,
  );
}

export const comms = {
  /** Opens a comm from this side. */
  open(target: string, data: Json = {}, options: CommSendOptions = {}): Comm {
    const comm = new Comm(randomUUID(), target);
    open.set(comm.id, comm);
    emit("comm_open", { comm_id: comm.id, target_name: target, data }, options);
    return comm;
  },
  /** Says what happens when the front end opens a comm of this name. */
  registerTarget(target: string, opened: (comm: Comm, message: CommMessage) => void): void {
    targets.set(target, opened);
  },
};

/** A comm message of the front end. */
export function handleComm(order: CommOrder, buffers: readonly Buffer[]): void {
  const id = String(order.content["comm_id"]);
  const message = { data: (order.content["data"] ?? {}) as Json, metadata: order.metadata, buffers };
  if (order.type === "comm_open") {
    const target = String(order.content["target_name"]);
    const opened = targets.get(target);
    if (opened === undefined) {
      emit("comm_close", { comm_id: id, data: {} }, {});
      return;
    }
    const comm = new Comm(id, target);
    open.set(id, comm);
    opened(comm, message);
    return;
  }
  const comm = open.get(id);
  if (order.type === "comm_close") open.delete(id);
  if (order.type === "comm_msg") comm?.onMessage(message);
  else comm?.onClose(message);
}
