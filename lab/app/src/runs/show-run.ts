import type { ICodeCellModel } from "@jupyterlab/cells";
import type { IOutput } from "@jupyterlab/nbformat";
import type { Kernel, KernelMessage } from "@jupyterlab/services";

const OUTPUTS: readonly string[] = ["stream", "display_data", "execute_result", "error"];

/** Shows what a kernel says of a run in its cell until the run ends; returns how to stop earlier. */
export function showRun(kernel: Kernel.IKernelConnection, runId: string, cell: ICodeCellModel): () => void {
  /** Display id → the outputs that show it. */
  const displays = new Map<string, number[]>();
  const { outputs } = cell;
  const show = (_kernel: unknown, { header, parent_header, content }: KernelMessage.IIOPubMessage): void => {
    if (!("msg_id" in parent_header) || parent_header.msg_id !== runId) return;
    const said = content as Record<string, unknown>;
    const type: string = header.msg_type;
    if (type === "clear_output") {
      outputs.clear(said["wait"] === true);
      displays.clear();
    } else if (OUTPUTS.includes(type)) {
      const length = outputs.add(outputOf(type, said));
      const id = displayId(said);
      if (id !== undefined) displays.set(id, [...(displays.get(id) ?? []), length - 1]);
    } else if (type === "update_display_data") {
      for (const at of displays.get(displayId(said) ?? "") ?? [])
        outputs.set(at, outputOf("display_data", said));
    } else if (type === "execute_input") {
      cell.executionCount = said["execution_count"] as number;
    } else if (type === "status" && said["execution_state"] === "idle") stop();
  };
  const stop = (): void => {
    kernel.iopubMessage.disconnect(show);
    kernel.statusChanged.disconnect(end);
    cell.executionState = "idle";
  };
  /** Its process is gone, and the run with it. */
  const end = (_kernel: unknown, status: KernelMessage.Status): void => {
    if (["dead", "restarting", "autorestarting", "terminating"].includes(status)) stop();
  };
  kernel.iopubMessage.connect(show);
  kernel.statusChanged.connect(end);
  cell.trusted = true; // the user ran it in this kernel
  cell.executionState = "running";
  return stop;
}

function outputOf(type: string, content: Record<string, unknown>): IOutput {
  const { transient: _transient, ...output } = content;
  return { ...output, output_type: type } as IOutput;
}

function displayId(content: Record<string, unknown>): string | undefined {
  const transient = content["transient"];
  const id =
    typeof transient === "object" && transient !== null && "display_id" in transient
      ? transient.display_id
      : undefined;
  return typeof id === "string" ? id : undefined;
}
