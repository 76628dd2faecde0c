import { KernelError } from "../errors.js";

/** Where the kernel leaves, for whichever copy of this module a cell imports, what widgets need of it. */
export const KERNEL: unique symbol = Symbol.for("gradlab.kernel");

/** The method by which a value shows itself. */
export const DISPLAY: unique symbol = Symbol.for("gradlab.display");

export type Json = Record<string, unknown>;

export interface HostMessage {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

export interface HostComm {
  readonly id: string;
  onMessage: (message: HostMessage) => unknown;
  onClose: (message: HostMessage) => unknown;
  send(data: Json, metadata?: Json, buffers?: readonly Uint8Array[]): void;
  close(): void;
  attach(): void;
}

export interface Host {
  readonly Comm: new (
    target: string,
    data: Json,
    options: { metadata?: Json; buffers?: readonly Uint8Array[] },
  ) => HostComm;
  readonly comms: {
    registerTarget(target: string, opened: (comm: HostComm, open: HostMessage) => unknown): void;
  };
  display(value: unknown): Promise<unknown>;
  clearOutput(options: { wait: boolean }): void;
  format(value: unknown): Promise<Json>;
  showError(thrown: unknown): void;
  ownOutput(): { readonly messageId: string; readonly end: () => void };
}

export function findHost(): Host | undefined {
  return (globalThis as { [KERNEL]?: Host })[KERNEL];
}

/** @throws E_USAGE outside a notebook */
export function host(): Host {
  const found = findHost();
  if (found === undefined) {
    throw new KernelError("E_USAGE", "Widgets need a notebook: no kernel runs this program.", {
      hint: "Run it in a cell of a notebook with the TypeScript (gradlab) kernel.",
    });
  }
  return found;
}
