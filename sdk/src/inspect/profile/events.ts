import type { ProfiledProgram } from "../../engine/index.js";
import type { Node } from "../../graph/index.js";

/** One operation of the engine, as it ran once. */
export interface KernelEvent {
  /** What it was run for; undefined for the engine's own work. */
  readonly node: Node | undefined;
  /** The engine's name of the operation. */
  readonly kernel: string;
  /** Microseconds since the session began, and how long it took. */
  readonly start: number;
  readonly duration: number;
  /** Bytes of the engine's memory in use behind it. */
  readonly bytesInUse: number;
}

/** The operations of one run, in order, and the run's own time. */
export interface RunEvents {
  readonly kernels: readonly KernelEvent[];
  readonly start: number;
  readonly duration: number;
}

interface RawEvent {
  readonly cat?: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Sorts a profile of ONNX Runtime into runs. */
export function eventsOf(profile: unknown, nodeOf: ProfiledProgram["nodeOf"]): RunEvents[] {
  const raw = profile as readonly RawEvent[];
  const kernels = raw
    .filter(({ cat, name }) => cat === "Node" && name.endsWith(KERNEL))
    .map((event) => kernelOf(event, nodeOf));
  const runs = raw.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  return runs.map(({ ts, dur }) => ({
    kernels: kernels
      .filter(({ start }) => start >= ts && start <= ts + dur)
      .sort((a, b) => a.start - b.start),
    start: ts,
    duration: dur,
  }));
}

const KERNEL = "_kernel_time";

function kernelOf({ name, ts, dur, args = {} }: RawEvent, nodeOf: ProfiledProgram["nodeOf"]): KernelEvent {
  return {
    node: nodeOf(name.slice(0, -KERNEL.length)),
    kernel: typeof args.op_name === "string" ? args.op_name : "",
    start: ts,
    duration: dur,
    bytesInUse: Number(args.mem_bytes_in_use ?? 0),
  };
}
