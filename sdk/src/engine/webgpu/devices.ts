import { cpus, totalmem } from "node:os";
import { GradlabError } from "../../errors.js";
import { announceDevice } from "../announce-device.js";
import { OnnxEngine } from "../onnx/engine.js";
import { useEngine } from "../runtime.js";
import { WebGpuEngine, type WebGpuEngineOptions } from "./engine.js";
import { probe } from "./probe.js";

export type DeviceName = "cpu" | "webgpu";

/** A device, and whether programs can run on it. */
export interface DeviceReport {
  readonly device: DeviceName;
  readonly available: boolean;
  /** What computes: the processor's or the adapter's name, where it is known. */
  readonly adapter?: string;
  /** "software": a program plays the GPU; right, but far slower than the CPU itself. */
  readonly kind: "cpu" | "integrated" | "discrete" | "virtual" | "software" | "unknown";
  /** Bytes of the device's memory, where they are known. */
  readonly memory?: number;
  /** Bytes one tensor may have, where the device limits them. */
  readonly maxTensor?: number;
  /** Why it is not available. */
  readonly reason?: string;
}

/**
 * The devices of this machine. The GPU is asked in a process of its own, once, so that a broken driver cannot
 * end this one.
 *
 * @param options.driver see `WebGpuEngine`
 * @returns the CPU, then WebGPU with the adapter found, or with the reason why there is none
 * @example
 * const [cpu, gpu] = await devices();
 * cpu.available; // true
 */
export async function devices({ driver }: WebGpuEngineOptions = {}): Promise<readonly DeviceReport[]> {
  const { adapter, reason } = await probe(driver);
  const gpu: DeviceReport = {
    device: "webgpu",
    available: reason === undefined,
    adapter: adapter?.name,
    kind: adapter?.kind ?? "unknown",
    memory: adapter?.memory,
    maxTensor: adapter?.maxBinding,
    reason,
  };
  return [cpuReport(), gpu];
}

/**
 * Makes all later computations run on a device. Values that exist stay where they are and are moved when they
 * are next used. Before a GPU is used, one step of learning is compared with the CPU's: where they disagree,
 * a warning says so and the CPU is used.
 *
 * @param device "auto" is a GPU where there is a real one (no software adapter), else the CPU. Default "auto"
 * @returns the device in use
 * @throws E_CONFIG for another name
 * @throws E_DEVICE when "webgpu" is asked for and no adapter answers
 * @example
 * const used = await useDevice("cpu");
 * used.device; // "cpu"
 */
export async function useDevice(
  device: DeviceName | "auto" = "auto",
  options: WebGpuEngineOptions = {},
): Promise<DeviceReport> {
  if (!["auto", "cpu", "webgpu"].includes(device)) {
    throw new GradlabError("E_CONFIG", `There is no device ${JSON.stringify(device)}.`, {
      hint: 'Devices are "auto", "cpu" and "webgpu".',
    });
  }
  const [cpu, gpu] = device === "cpu" ? [cpuReport()] : await devices(options);
  if (device === "webgpu" && !gpu.available) {
    throw new GradlabError("E_DEVICE", `WebGPU cannot be used here. ${gpu.reason}`);
  }
  const wanted = device === "webgpu" || (gpu?.available && isReal(gpu));
  if (wanted && (await startGpu(options))) {
    announceDevice({ device: gpu.device, engine: gpu.device, adapter: gpu.adapter, memory: gpu.memory });
    return gpu;
  }
  useEngine(new OnnxEngine());
  return cpu;
}

const cpuReport = (): DeviceReport => ({
  device: "cpu",
  available: true,
  adapter: cpus()[0]?.model.trim(),
  kind: "cpu",
  memory: totalmem(),
});

/** "auto" leaves software adapters alone: the CPU does the same work faster. */
const isReal = ({ kind }: DeviceReport): boolean => kind !== "software";

/** Whether the GPU passed its check and is in use. */
async function startGpu(options: WebGpuEngineOptions): Promise<boolean> {
  const engine = new WebGpuEngine(options);
  try {
    await engine.ready();
  } catch (error) {
    process.emitWarning(`${(error as Error).message}\n  The CPU is used instead.`, "GradlabWarning");
    return false;
  }
  useEngine(engine);
  return true;
}
