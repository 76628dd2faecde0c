import { type InspectorNotification, Session } from "node:inspector";
import type { WatchOrder, WatchReport } from "../link/index.js";

type Order = Extract<WatchOrder, { kind: "inspect" }>;

/** Requests that would start the main thread again while an interrupt is about to stop it. */
const MOVES = /^Debugger\.(resume|pause|step|continue|restart)/;

const ASYNC_STACKS = "Debugger.setAsyncCallStackDepth";

/**
 * The debugger's session with the main thread, in the watchdog thread: opened by its first request, so
 * that nothing is paid before. It carries requests and notifications and understands none of them.
 *
 * Interrupts have sessions of their own. While one works, every pause is the interrupt's: the debugger
 * hears of none and moves nothing. A pause that the interrupt leaves behind (it asks for more than it needs) is the
 * debugger's again, or nobody would set the thread going.
 */
export class Inspection {
  readonly #tell: (report: WatchReport) => void;
  #session: Session | undefined;
  #interrupts = 0;
  /** How many callers that wait the debugger wants to see. */
  #depth = 0;
  readonly #later: Order[] = [];
  /** Where the thread stands during an interrupt. */
  #left: object | undefined;

  constructor(tell: (report: WatchReport) => void) {
    this.#tell = tell;
  }

  request(order: Order): void {
    const { id, method, params } = order;
    // to leave while two sessions stop the thread could leave it standing
    if (this.#interrupts > 0 && method === "Debugger.disable") return void this.#later.push(order);
    if (this.#interrupts > 0 && MOVES.test(method)) {
      this.#tell({ kind: "inspected", id, error: "The cell is being interrupted." });
      return;
    }
    this.#session ??= this.#open();
    if (method === ASYNC_STACKS) this.#depth = (params as { maxDepth: number }).maxDepth;
    this.#session.post(method, params, (error: { message?: string } | null, result?: object) => {
      if (error === null) this.#tell({ kind: "inspected", id, result: result ?? {} });
      else this.#tell({ kind: "inspected", id, error: error.message ?? "The inspector refused." });
    });
  }

  /** Runs an interrupt: from its beginning to its end, pauses are not the debugger's. */
  async aside(interrupt: () => Promise<void>): Promise<void> {
    this.#interrupts += 1;
    // async stacks are kept by hooks of Node's at every await: the interrupt would find the thread in those
    if (this.#depth > 0) this.#session?.post(ASYNC_STACKS, { maxDepth: 0 });
    try {
      await interrupt();
    } finally {
      this.#interrupts -= 1;
      if (this.#depth > 0) this.#session?.post(ASYNC_STACKS, { maxDepth: this.#depth });
      if (this.#interrupts === 0) this.#takeOver();
    }
  }

  #takeOver(): void {
    if (this.#left !== undefined)
      this.#tell({ kind: "notified", method: "Debugger.paused", params: this.#left });
    this.#left = undefined;
    for (const order of this.#later.splice(0)) this.request(order);
  }

  #open(): Session {
    const session = new Session();
    session.connectToMainThread();
    session.on("inspectorNotification", ({ method, params }: InspectorNotification<object>) => {
      if (!method.startsWith("Debugger.")) return;
      if (method === "Debugger.resumed") this.#left = undefined;
      if (method === "Debugger.paused" && this.#interrupts > 0) {
        this.#left = params;
        return;
      }
      // Node's own scripts are many and never shown
      if (method === "Debugger.scriptParsed" && /^(node:|$)/.test((params as { url: string }).url)) return;
      this.#tell({ kind: "notified", method, params });
    });
    return session;
  }
}
