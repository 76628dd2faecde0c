import type { DiagramBox, DiagramOptions } from "../display/index.js";
import {
  formatNode,
  graphNames,
  Tensor,
  variableOf,
  type Graph,
  type GraphNames,
  type Node,
} from "../graph/index.js";
import { fold, type Part } from "./fold.js";

/** A graph as boxes and arrows: arguments above, outputs below, variables and constants inside what reads them. */
export function boxesOf(graph: Graph, limit: number): Pick<DiagramOptions, "boxes" | "edges"> {
  const names = graphNames(graph);
  const parts = fold(
    graph.nodes.filter((node) => !names.isInline(node)),
    limit,
  );
  const boxes: DiagramBox[] = [];
  const home = new Map<string, number>();
  const put = (box: DiagramBox, values: readonly string[]): void => {
    const at = boxes.push(box) - 1;
    for (const value of values) home.set(value, at);
  };
  for (const input of argumentsOf(graph)) put(inputBox(input, names), [names.of(input)]);
  for (const part of parts) put(partBox(part, graph, names, home), valuesOf(part.nodes, names));
  const first = boxes.length - parts.length;
  const edges = parts.flatMap((part, i) => edgesInto(first + i, part.nodes, home, names));
  for (const output of outputsWithBox(graph)) {
    const from = home.get(names.of(output));
    const at = boxes.push({ lines: ["output", names.spec(output)], kind: OUTSIDE, round: true }) - 1;
    if (from !== undefined) edges.push([from, at]);
  }
  return { boxes, edges };
}

const OUTSIDE = "inputs and outputs";

/** What more nodes than this read is named in their boxes: arrows from it would cross the whole picture. */
const FEW = 4;

/** Inputs with a box of their own: variables are named in the boxes that read them. */
function argumentsOf({ inputs, nodes }: Graph): Tensor[] {
  const readers = (input: Tensor): number =>
    nodes.filter(({ inputs: read }) =>
      read.some((one) => one.node === input.node && one.index === input.index),
    ).length;
  return inputs.filter((input) => {
    const count = variableOf(input.node) ? 0 : readers(input);
    return count > 0 && (count <= FEW || !input.storage);
  });
}

const inputBox = (input: Tensor, names: GraphNames): DiagramBox => ({
  lines: [names.of(input), names.spec(input)],
  kind: OUTSIDE,
  round: true,
});

const valuesOf = (nodes: readonly Node[], names: GraphNames): string[] =>
  nodes.flatMap((node) => node.outputs.map((_, index) => names.of(new Tensor(node, index))));

function edgesInto(
  at: number,
  nodes: readonly Node[],
  home: ReadonlyMap<string, number>,
  names: GraphNames,
): [number, number][] {
  const sources = nodes.flatMap((node) => node.inputs.map((input) => home.get(names.of(input))));
  const others = sources.filter((source): source is number => source !== undefined && source !== at);
  return [...new Set(others)].map((source) => [source, at]);
}

function partBox(part: Part, graph: Graph, names: GraphNames, home: ReadonlyMap<string, number>): DiagramBox {
  const last = part.nodes[part.nodes.length - 1];
  const tip = part.nodes.map(
    (node) => `${formatNode(node, names)}${node.made ? `   # ${String(node.made)}` : ""}`,
  );
  const dashed = last.made?.gradient === true;
  const lines = [
    ...titleOf(part, names, home),
    names.spec(last.outputs[0]),
    ...destinations(part.nodes, graph, names),
  ];
  return {
    lines,
    kind: part.name === undefined ? kindOf(last) : "calls",
    tip: tip.slice(0, 12).join("\n"),
    dashed,
  };
}

/** "matmul · w", or the call and what it made. */
function titleOf({ name, nodes }: Part, names: GraphNames, home: ReadonlyMap<string, number>): string[] {
  if (name !== undefined) return [name, countOps(nodes)];
  const [{ op, inputs }] = nodes;
  const held = inputs.map(names.of).filter((input) => !home.has(input));
  const more = held.length > MOST_NAMES ? ["…"] : [];
  return [[op.name, ...held.slice(0, MOST_NAMES).map(short), ...more].join(" · ")];
}

/** Names of variables that a box's title has room for. */
const MOST_NAMES = 2;

/** Constants to four digits; of long names the end, which tells more. */
function short(name: string): string {
  if (!Number.isNaN(Number(name))) return String(+Number(name).toPrecision(4));
  return name.length <= 24 ? name : `…${name.split(".").slice(-2).join(".")}`;
}

function countOps(nodes: readonly Node[]): string {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op.name, (counts.get(op.name) ?? 0) + 1);
  return [...counts].map(([op, count]) => (count > 1 ? `${count} ${op}` : op)).join(", ");
}

/** More outputs than this have no boxes of their own. */
const MANY = 8;

function outputsWithBox({ outputs, donations }: Graph): readonly Tensor[] {
  const plain = outputs.filter((_, i) => donations[i] === undefined);
  return plain.length > MANY ? [] : plain;
}

/** What becomes of the nodes' values behind the graph: "→ w" for a variable's new one. */
function destinations(nodes: readonly Node[], graph: Graph, names: GraphNames): string[] {
  const own = new Set(nodes);
  const drawn = new Set(outputsWithBox(graph));
  const targets = graph.outputs.flatMap((output, i) => {
    if (!own.has(output.node) || drawn.has(output)) return [];
    const target = graph.donations[i];
    return [target === undefined ? `output ${i}` : names.of(graph.inputs[target])];
  });
  return targets.length === 0 ? [] : [`→ ${targets.join(", ")}`];
}

/** The first of an op's traits says what family it is drawn in. */
const KINDS = [
  ["contraction", "products"],
  ["reduction", "reductions"],
  ["movement", "movements"],
  ["elementwise", "element by element"],
] as const;

const kindOf = ({ op }: Node): string =>
  KINDS.find(([trait]) => op.traits.includes(trait))?.[1] ?? "fused and other ops";
