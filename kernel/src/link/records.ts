/** A MIME bundle: type → data (text, or JSON for `…+json`). */
export type MimeBundle = { [mime: string]: unknown };

/** What the child needs to run a cell and to name its lines in errors. */
export interface CellProgram {
  readonly code: string;
  /** [offset in code, offset in `script`, length] of every piece that was copied. */
  readonly pieces: readonly (readonly [number, number, number])[];
  /** Transformed script before the pieces were moved; with `mappings` it leads to the source. */
  readonly script: string;
  readonly mappings: string;
  readonly source: string;
  /** The top-level names that the cell declares. */
  readonly names: readonly string[];
}

/** Kernel process → main thread of the cell process. */
export type Order =
  | {
      readonly kind: "run";
      readonly run: number;
      /** Of the request: front ends know its output by it. */
      readonly messageId: string;
      readonly name: string;
      readonly program: CellProgram;
      readonly silent: boolean;
      readonly allowStdin: boolean;
      readonly expressions: Readonly<Record<string, CellProgram | { readonly error: ErrorReport }>>;
      /** How much of the spool the kernel process has read. */
      readonly spooled?: number;
    }
  | { readonly kind: "cancel"; readonly runs: readonly number[]; readonly ticket: number }
  /** A parcel was read. */
  | { readonly kind: "taken"; readonly parcel: Parcel }
  | {
      readonly kind: "comm";
      /** Numbered like the runs of cells, so that what its handler sends finds its request. */
      readonly run: number;
      readonly messageId: string;
      readonly type: string;
      readonly content: Record<string, unknown>;
      readonly metadata: Record<string, unknown>;
    };

/** Kernel process → watchdog worker of the cell process. */
export type WatchOrder =
  | { readonly kind: "interrupt"; readonly ticket: number; readonly grace: number }
  | { readonly kind: "input"; readonly value: string | null }
  /** A request of the DevTools protocol for the main thread's inspector. */
  | { readonly kind: "inspect"; readonly id: number; readonly method: string; readonly params: object };

/** An error as the front end shows it. */
export interface ErrorReport {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export type ExpressionResult =
  | { readonly status: "ok"; readonly data: MimeBundle; readonly metadata: Record<string, unknown> }
  | ({ readonly status: "error" } & ErrorReport);

/** What the reply to a cell asks of the front end. */
export type Payload =
  | { readonly source: "page"; readonly data: MimeBundle; readonly start: number }
  | { readonly source: "set_next_input"; readonly text: string; readonly replace: boolean }
  | { readonly source: "ask_exit"; readonly keepkernel: boolean };

/** Where something large lies in the file that both processes have. */
export interface Parcel {
  readonly at: number;
  readonly length: number;
}

/** Where a library computes, as it says: docs/lab-jobs.md. */
export interface DeviceInfo {
  readonly device: string;
  readonly engine: string;
  readonly adapter?: string;
  readonly memory?: number;
}

/** Cell process → kernel process. `run` names the cell that the record belongs to. */
export type Report =
  | { readonly kind: "ready"; readonly pid: number }
  | { readonly kind: "device"; readonly device: DeviceInfo }
  | {
      readonly kind: "stream";
      readonly run: number;
      readonly name: "stdout" | "stderr";
      readonly text: string;
    }
  /** The same, its text in the spool: what was written there since, up to `end` bytes. */
  | {
      readonly kind: "spooled";
      readonly run: number;
      readonly name: "stdout" | "stderr";
      readonly end: number;
    }
  /** The spool was emptied. */
  | { readonly kind: "respooled" }
  | {
      readonly kind: "display";
      readonly run: number;
      /** Empty where it is large: all of the message's content then comes as JSON, in a parcel or as the record's buffer. */
      readonly data: MimeBundle;
      readonly parcel?: Parcel;
      readonly metadata: Record<string, unknown>;
      readonly displayId?: string;
      readonly update: boolean;
    }
  | {
      readonly kind: "result";
      readonly run: number;
      readonly data: MimeBundle;
      readonly metadata: Record<string, unknown>;
    }
  | { readonly kind: "payload"; readonly run: number; readonly payload: Payload }
  | { readonly kind: "clear"; readonly run: number; readonly wait: boolean }
  | {
      readonly kind: "comm";
      readonly run: number;
      readonly type: string;
      readonly content: Record<string, unknown>;
      readonly metadata: Record<string, unknown>;
    }
  | { readonly kind: "input"; readonly run: number; readonly prompt: string; readonly password: boolean }
  | { readonly kind: "barrier"; readonly serial: number }
  | {
      readonly kind: "done";
      readonly run: number;
      readonly error?: ErrorReport;
      readonly expressions: Readonly<Record<string, ExpressionResult>>;
    }
  /** The handlers of a comm message have returned. */
  | { readonly kind: "handled"; readonly run: number }
  | { readonly kind: "answered"; readonly ticket: number };

/** Watchdog worker → kernel process. */
export type WatchReport =
  | { readonly kind: "watching" }
  | { readonly kind: "stopped"; readonly ticket: number }
  | { readonly kind: "stuck"; readonly ticket: number }
  | InspectorReport;

/** What the main thread's inspector answers and notifies. */
export type InspectorReport =
  | {
      readonly kind: "inspected";
      readonly id: number;
      readonly result?: object;
      readonly error?: string;
    }
  | { readonly kind: "notified"; readonly method: string; readonly params: object };

/** File descriptors of the cell process beyond the standard three. */
export const FD = { reports: 3, orders: 4, watch: 5, spool: 6, parcels: 7 } as const;
