import type { Json } from "../http/index.js";
import type { Heard, ManagedKernel } from "../kernels/index.js";
import { OutputList } from "./output-list.js";

/** One execution of a cell that a page asked for. */
export class Run {
  readonly kernel: ManagedKernel;
  readonly cellId: string;
  /** The header of the request: what its outputs name as their parent. */
  readonly header: Json;
  readonly outputs = new OutputList();
  /** The session whose page shows the outputs, while it is connected. */
  owner: string;
  /** The owner is gone: the server keeps the outputs. */
  isOrphan = false;
  executionCount: number | null = null;
  /** The kernel has begun with it; before, the cell's old outputs stand. */
  hasStarted = false;
  isDone = false;
  /** It ended for its page, whose connection ended before it said that the outputs had arrived. */
  isUnsure = false;
  /** There is something that the stored notebook does not have. */
  isDirty = false;
  /** How many outputs a page got to see when it last read the notebook; undefined: none did. */
  delivered: number | undefined;

  constructor(kernel: ManagedKernel, request: Heard, cellId: string, owner: string) {
    this.kernel = kernel;
    this.header = request.header;
    this.cellId = cellId;
    this.owner = owner;
  }

  get id(): string {
    return String(this.header["msg_id"]);
  }

  add(type: string, content: Json, size: number): void {
    if (type === "execute_input") {
      const count = content["execution_count"];
      this.executionCount = typeof count === "number" ? count : null;
      this.hasStarted = true;
      this.isDirty = true;
    } else if (this.outputs.add(type, content, size)) this.isDirty = true;
  }

  /** The kernel ended under it. */
  fail(how: string): void {
    const evalue = `The kernel ended while the cell ran: ${how.split("\n", 1)[0]}.`;
    this.add("error", { ename: "KernelGone", evalue, traceback: [`KernelGone: ${evalue}`] }, 0);
    this.isDone = true;
  }
}
