import { type Kernel, KernelMessage } from "@jupyterlab/services";

/** What the kernel answers to usage_request, as far as it is shown. */
export interface Usage {
  readonly hostname: string;
  readonly pid: number;
  /** Percent of one processor since the last request. */
  readonly kernel_cpu: number;
  /** Bytes. */
  readonly kernel_memory: number;
  readonly cpu_count: number;
  readonly host_virtual_memory: { readonly total: number; readonly available: number };
  /** Where the library that cells imported computes; docs/lab-jobs.md. */
  readonly device?: {
    readonly device: string;
    readonly engine: string;
    readonly adapter?: string;
    readonly memory?: number;
  };
}

/** Asks the kernel, which answers also while a cell runs. Undefined where the kernel went away meanwhile. */
export async function askUsage(kernel: Kernel.IKernelConnection): Promise<Usage | undefined> {
  // The type is ipykernel's and no standard yet: JupyterLab has no name for it.
  const request = KernelMessage.createMessage({
    msgType: "usage_request" as "debug_request",
    channel: "control",
    username: kernel.username,
    session: kernel.clientId,
    content: {} as KernelMessage.IDebugRequestMsg["content"],
  });
  try {
    const reply = await kernel.sendControlMessage(request, true).done;
    return reply?.content as unknown as Usage | undefined;
  } catch {
    return undefined;
  }
}
