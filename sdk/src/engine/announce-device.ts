import { cpus } from "node:os";

/** What a front end shows of where tensors are computed. */
export interface AnnouncedDevice {
  /** "cpu", "webgpu", … */
  readonly device: string;
  readonly engine: string;
  /** The processor's or the adapter's name, where it is known. */
  readonly adapter?: string;
  /** Bytes of the device's own memory, where it has some and they are known. */
  readonly memory?: number;
}

interface Host {
  device?(device: AnnouncedDevice): void;
}

/** In a notebook: tells the kernel which device is used from now on. Elsewhere there is nobody. */
export function announceDevice(device: AnnouncedDevice): void {
  const kernel = (globalThis as { [key: symbol]: Host | undefined })[Symbol.for("gradlab.kernel")];
  if (kernel?.device === undefined) return;
  const adapter = device.device === "cpu" ? cpus()[0]?.model.trim() : device.adapter;
  kernel.device({ ...device, ...(adapter ? { adapter } : {}) });
}
