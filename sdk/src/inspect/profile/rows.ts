import type { Node } from "../../graph/index.js";
import type { KernelEvent, RunEvents } from "./events.js";
import { bytesOf, flopsOf } from "./work.js";

/** What belongs together in a profile: an op, or a line of the user's. All numbers are for one run. */
export interface ProfileRow {
  readonly name: string;
  /** Nodes of the graph. */
  readonly count: number;
  readonly ms: number;
  /** Of the time of all operations, 0 … 1. */
  readonly share: number;
  readonly flops: number;
  /** Bytes read and written, each tensor counted once for each node. */
  readonly bytes: number;
  /** Billions of operations a second. */
  readonly gflops: number;
  /** Billions of bytes a second. */
  readonly gbps: number;
}

/** The engine's own operations, which no node asked for. */
export const ENGINE = "(engine)";

/** Time and work by a name for each node; the slowest first. */
export function rowsBy(
  runs: readonly RunEvents[],
  nodes: readonly Node[],
  nameOf: (node: Node) => string,
): ProfileRow[] {
  const groups = new Map<string, { nodes: Set<Node>; ms: number }>();
  const group = (name: string): { nodes: Set<Node>; ms: number } => {
    const known = groups.get(name) ?? { nodes: new Set<Node>(), ms: 0 };
    groups.set(name, known);
    return known;
  };
  for (const node of nodes) group(nameOf(node)).nodes.add(node);
  const kernels = runs.flatMap(({ kernels: own }) => own);
  for (const { node, duration } of kernels)
    group(node ? nameOf(node) : ENGINE).ms += duration / 1000 / runs.length;
  const total = totalMs(kernels) / runs.length;
  return [...groups]
    .map(([name, { nodes: own, ms }]) => rowOf(name, [...own], ms, total))
    .sort((a, b) => b.ms - a.ms);
}

const totalMs = (kernels: readonly KernelEvent[]): number =>
  kernels.reduce((sum, { duration }) => sum + duration / 1000, 0);

function rowOf(name: string, nodes: readonly Node[], ms: number, total: number): ProfileRow {
  const flops = nodes.reduce((sum, node) => sum + flopsOf(node), 0);
  const bytes = nodes.reduce((sum, node) => sum + bytesOf(node), 0);
  const rate = (amount: number): number => (ms > 0 ? amount / ms / 1e6 : 0);
  return {
    name,
    count: nodes.length,
    ms,
    share: total > 0 ? ms / total : 0,
    flops,
    bytes,
    gflops: rate(flops),
    gbps: rate(bytes),
  };
}
