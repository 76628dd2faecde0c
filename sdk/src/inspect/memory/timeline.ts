import { DISPLAY, lineChart, table, type Chart, type Displayable, type Table } from "../../display/index.js";
import { traceGraph, type Traced } from "../../engine/index.js";
import { evaluate, type Graph, type Tensor } from "../../graph/index.js";
import type { KernelEvent } from "../profile/events.js";
import { profileGraph } from "../profile/profile.js";
import { graphNamesOf, heldMemory, operationsOf, ranOperations } from "./operations.js";
import { CATEGORIES, planMemory, type BytesByCategory, type MemoryCategory, type Operation } from "./plan.js";

export interface MemoryStep {
  readonly name: string;
  /** The user's line. */
  readonly place: string | undefined;
  /** Planned bytes alive while it runs. */
  readonly bytes: BytesByCategory;
}

/** What the engine held while the same operations ran. */
export interface MeasuredMemory {
  /** Bytes of results in the engine's arena behind each operation: as asked for, and as handed out by the arena. */
  readonly asked: readonly number[];
  readonly inUse: readonly number[];
  readonly peakAsked: number;
  readonly peakInUse: number;
  /** What the arena has taken from the system, for all programs together, and the whole process's memory. */
  readonly arena: number;
  readonly rss: number;
}

/** Where a function's memory goes, operation by operation. Ending a notebook cell with it shows it. */
export interface MemoryTimeline extends Displayable {
  readonly steps: readonly MemoryStep[];
  /** The largest sum of planned bytes, and the step at which it is reached. */
  readonly plannedPeak: number;
  readonly peakStep: number;
  /** Planned bytes of results alone, without what the caller holds: to compare with what is measured. */
  readonly plannedArenaPeak: number;
  readonly measured: MeasuredMemory | undefined;
  chart(): Chart;
  text(): string;
}

export interface MemoryOptions {
  /** Whether the function is run once, in the engine's own order of operations, and measured. Default true. */
  readonly run?: boolean;
}

/**
 * The memory of a function over the course of a run, by category: weights, optimizer, inputs, outputs,
 * gradients (what updates read), activations (what gradients read of the forward pass) and workspace.
 *
 * The bytes are *planned*: told from the order of operations and the lives of their results. Beside them stands
 * what the engine's arena held when the same operations ran. Variables keep their values.
 *
 * @throws E_CONFIG with `run` on an engine that does not report its operations
 * @example
 * const w = new Variable(hostArray(new Float32Array(64), [8, 8]), "w");
 * const step = (x: Tensor) => grad(x.matmul(w).tanh().sum(), [w]);
 * const timeline = await memoryTimeline(step, [zeros([4, 8])], { run: false });
 * timeline.steps[0].bytes.weights; // 256
 * timeline.plannedPeak; // 900
 */
export async function memoryTimeline<A extends readonly Tensor[]>(
  fn: (...args: A) => Traced | Promise<Traced>,
  args: A,
  { run = true }: MemoryOptions = {},
): Promise<MemoryTimeline> {
  const graph = await traceGraph(fn, args, { dynamicAxes: [] });
  if (!run)
    return timelineOf(
      operationsOf(graph),
      planMemory(operationsOf(graph), heldMemory(graph, graphNamesOf(graph))),
      graph,
    );
  await evaluate(args);
  const { events, kernels, inputNames, outputNames } = await profileGraph(graph, args, 1);
  const ran = events[0].kernels;
  const operations = ranOperations(ran, kernels);
  const planned = planMemory(operations, heldMemory(graph, { inputs: inputNames, outputs: outputNames }));
  return timelineOf(operations, planned, graph, measuredOf(ran));
}

function measuredOf(ran: readonly KernelEvent[]): MeasuredMemory {
  const [first] = ran;
  // Other programs' results and weights that the engine keeps are no part of this run.
  const before = {
    asked: first.bytesAsked - first.bytesAdded,
    inUse: Math.min(...ran.map(({ bytesInUse }) => bytesInUse)),
  };
  const asked = ran.map(({ bytesAsked }) => bytesAsked - before.asked);
  const inUse = ran.map(({ bytesInUse }) => bytesInUse - before.inUse);
  return {
    asked,
    inUse,
    peakAsked: largest(asked),
    peakInUse: largest(inUse),
    arena: largest(ran.map(({ bytesHeld }) => bytesHeld)),
    rss: process.memoryUsage().rss,
  };
}

const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

const totalOf = (bytes: BytesByCategory): number =>
  CATEGORIES.reduce((sum, category) => sum + bytes[category], 0);

function timelineOf(
  operations: readonly Operation[],
  planned: readonly BytesByCategory[],
  graph: Graph,
  measured?: MeasuredMemory,
): MemoryTimeline {
  const totals = planned.map(totalOf);
  const held = heldBytes(graph);
  const plannedPeak = largest(totals);
  const parts = {
    steps: operations.map(({ node }, i) => ({
      name: node?.op.name ?? "(engine)",
      place: node?.made && String(node.made),
      bytes: planned[i],
    })),
    plannedPeak,
    peakStep: totals.indexOf(plannedPeak),
    plannedArenaPeak: plannedPeak - held,
    measured,
  };
  const timeline: MemoryTimeline = {
    ...parts,
    chart: () => chartOf(timeline, held),
    text: () => tableOf(timeline).text(),
    [DISPLAY]: () => ({
      "text/html": `${tableOf(timeline).html()}\n${chartOf(timeline, held).svg()}`,
      "text/plain": timeline.text(),
    }),
  };
  return timeline;
}

/** What the caller holds for the whole run. */
function heldBytes(graph: Graph): number {
  const held = heldMemory(graph, graphNamesOf(graph));
  return [...new Set(held.values())].reduce((sum, { bytes }) => sum + bytes, 0);
}

const MB = 1e6;

function tableOf({ steps, plannedPeak, peakStep, plannedArenaPeak, measured }: MemoryTimeline): Table {
  const peak = steps[peakStep];
  const over = (category: MemoryCategory): number => largest(steps.map(({ bytes }) => bytes[category]));
  const at = peak ? ` at ${peak.name}${peak.place === undefined ? "" : ` (${peak.place})`}` : "";
  const engine = measured
    ? `; results planned ${mb(plannedArenaPeak)} MB, measured ${mb(measured.peakAsked)} MB, with rounding ${mb(measured.peakInUse)} MB; arena ${mb(measured.arena)} MB, process ${mb(measured.rss)} MB`
    : "";
  return table(
    CATEGORIES.map((category) => ({
      memory: category,
      "MB at the peak": mb(peak?.bytes[category] ?? 0),
      "MB at most": mb(over(category)),
    })),
    { title: `Planned peak ${mb(plannedPeak)} MB${at}${engine}` },
  );
}

const mb = (bytes: number): number => +(bytes / MB).toPrecision(4);

/** Categories stacked on each other; what was measured lies on top of what the caller holds. */
function chartOf({ steps, measured }: MemoryTimeline, held: number): Chart {
  let low = steps.map(() => 0);
  const layers = CATEGORIES.map((category) => {
    const bottom = low;
    const top = steps.map(({ bytes }, i) => bottom[i] + bytes[category] / MB);
    low = top;
    return { name: category, y: top, low: bottom, high: top };
  });
  const used = layers.filter(({ low: from, high }) => high.some((value, i) => value > from[i]));
  const line = measured && { name: "measured", y: measured.asked.map((bytes) => (held + bytes) / MB) };
  return lineChart({
    title: "Memory, planned by category",
    xLabel: "operation",
    yLabel: "MB",
    series: [...used, ...(line ? [line] : [])],
  });
}
