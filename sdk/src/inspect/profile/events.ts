import type { ProfiledProgram } from "../../engine/index.js";
import type { Node } from "../../graph/index.js";
import { sizeOf } from "../../tensor/index.js";

/** One operation of the engine, as it ran once. */
export interface KernelEvent {
  /** What it was run for; undefined for the engine's own work. */
  readonly node: Node | undefined;
  /** The operation's own name, and what kind it is to the engine. */
  readonly name: string;
  readonly kernel: string;
  /** Microseconds since the session began, and how long it took. */
  readonly start: number;
  readonly duration: number;
  /** Bytes of the engine's memory in use behind it. */
  readonly bytesInUse: number;
  /** Bytes that operations asked for, without what the engine rounds them up to; and how much this one added. */
  readonly bytesAsked: number;
  readonly bytesAdded: number;
  /** Bytes of each result. */
  readonly outputBytes: readonly number[];
  /** Bytes that the engine has taken from the system. */
  readonly bytesHeld: number;
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

function kernelOf(
  { name: full, ts, dur, args = {} }: RawEvent,
  nodeOf: ProfiledProgram["nodeOf"],
): KernelEvent {
  const name = full.slice(0, -KERNEL.length);
  return {
    name,
    node: nodeOf(name),
    kernel: typeof args.op_name === "string" ? args.op_name : "",
    start: ts,
    duration: dur,
    bytesInUse: Number(args.mem_bytes_in_use ?? 0),
    outputBytes: ((args.output_type_shape ?? []) as OutputShape[]).map(bytesOfShape),
    bytesAsked: Number(args.mem_bytes_requested_in_use ?? 0),
    bytesAdded: Number(args.mem_requested_in_use_delta ?? 0),
    bytesHeld: Number(args.mem_arena_held ?? 0),
  };
}

/** { float: [8, 64] } */
type OutputShape = Readonly<Record<string, readonly number[]>>;

const WIDTHS: Readonly<Record<string, number>> = {
  double: 8,
  int64: 8,
  uint64: 8,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  uint16: 2,
  bool: 1,
  int8: 1,
  uint8: 1,
};

function bytesOfShape(output: OutputShape): number {
  const [[type, shape] = ["", []]] = Object.entries(output);
  return (WIDTHS[type] ?? 4) * sizeOf(shape);
}
