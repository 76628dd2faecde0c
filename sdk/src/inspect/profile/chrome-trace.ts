import { specText } from "../../graph/index.js";
import type { KernelEvent, RunEvents } from "./events.js";
import { bytesOf, flopsOf } from "./work.js";

/** Trace events in the format of chrome://tracing, which Perfetto opens too. */
export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly traceEvents: readonly Readonly<Record<string, unknown>>[];
}

/**
 * One run as complete events ("X"), times in microseconds from its start, and the memory in use as a counter.
 *
 * @source "Trace Event Format", Google, 2016
 */
export function chromeTrace({ kernels, start, duration }: RunEvents): ChromeTrace {
  const at = (time: number): number => time - start;
  return {
    displayTimeUnit: "ms",
    traceEvents: [
      { name: "process_name", ph: "M", pid: 1, tid: 0, args: { name: "gradlab" } },
      { name: "thread_name", ph: "M", pid: 1, tid: 1, args: { name: "run" } },
      { name: "run", cat: "run", ph: "X", pid: 1, tid: 1, ts: 0, dur: duration },
      ...kernels.map((event) => operation(event, at(event.start))),
      ...kernels.map(({ start: from, duration: took, bytesInUse }) => ({
        name: "bytes in use",
        ph: "C",
        pid: 1,
        ts: at(from + took),
        args: { bytes: bytesInUse },
      })),
    ],
  };
}

function operation({ node, kernel, duration }: KernelEvent, ts: number): Readonly<Record<string, unknown>> {
  const details = node && {
    kernel,
    made: String(node.made ?? ""),
    inputs: node.inputs.map(specText),
    outputs: node.outputs.map(specText),
    flops: flopsOf(node),
    bytes: bytesOf(node),
  };
  const cat = node?.made?.gradient ? "gradient" : node ? "forward" : "engine";
  return {
    name: node?.op.name ?? kernel,
    cat,
    ph: "X",
    pid: 1,
    tid: 1,
    ts,
    dur: duration,
    args: details ?? { kernel },
  };
}
