import { idOf, type Graph, type Node, type Tensor } from "../../graph/index.js";
import { sizeOf, type DType } from "../../tensor/index.js";

/**
 * When a run may write an output over an input. ONNX Runtime knows nothing of such sharing and may
 * write before a late reader has read, so every reader must be ordered before the writer.
 */
export interface Ordering {
  /** The graph's nodes, each behind its inputs and behind the readers it has to wait for. */
  readonly nodes: readonly Node[];
  /** Readers that each node has to wait for. */
  readonly after: ReadonlyMap<Node, readonly Node[]>;
  /** For each output, the input it may overwrite; undefined where that would be unsafe. */
  readonly inPlace: readonly (number | undefined)[];
}

export function orderUpdates(graph: Graph): Ordering {
  const after = new Map<Node, Node[]>();
  const computed = new Set(graph.nodes);
  const readers = readersOf(graph);
  const claimed = new Set<number>();
  const inPlace = graph.donations.map((input, i) => {
    const output = graph.outputs[i];
    const writer = output.node;
    if (input === undefined || claimed.has(input) || !computed.has(writer)) return undefined;
    const leaf = graph.inputs[input];
    if (!mayOverwrite(output, leaf) || graph.outputs.some((other) => sameTensor(other, leaf)))
      return undefined;
    const ancestors = dependenciesOf(writer, after);
    const late = readersThroughViews(leaf, readers).filter(
      (reader) => reader !== writer && !ancestors.has(reader),
    );
    if (late.length > 0 && (output.index > 0 || delayableInput(writer) === undefined)) return undefined;
    // A reader that itself needs the writer's result, or waits for it, cannot come first.
    if (late.some((reader) => dependenciesOf(reader, after).has(writer))) return undefined;
    claimed.add(input);
    after.set(writer, [...new Set([...(after.get(writer) ?? []), ...late])]);
    return input;
  });
  return { nodes: sorted(graph.nodes, after), after, inPlace };
}

/** Types that ONNX adds, so that an input of them can be made to wait. */
const ADDABLE: ReadonlySet<DType> = new Set(["float32", "float64", "int32", "int64"]);

/** The smallest input that can be made to wait; constants cannot, since a lowering may leave them out. */
export function delayableInput(writer: Node): number | undefined {
  const candidates = writer.inputs
    .map((input, i) => ({
      i,
      size: sizeOf(input.shape),
      dtype: input.dtype,
      constant: "value" in input.node.attrs,
    }))
    .filter(({ dtype, constant }) => ADDABLE.has(dtype) && !constant);
  return candidates.sort((a, b) => a.size - b.size)[0]?.i;
}

const sameTensor = (a: Tensor, b: Tensor): boolean => a.node === b.node && a.index === b.index;

function readersOf(graph: Graph): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const key = idOf(input);
      const known = readers.get(key);
      if (known) known.push(node);
      else readers.set(key, [node]);
    }
  }
  return readers;
}

/** Who reads a leaf's memory: its readers, and those of every view of it, which may share the memory. */
function readersThroughViews(leaf: Tensor, readers: ReadonlyMap<string, readonly Node[]>): Node[] {
  const found = new Set<Node>();
  const stack = [idOf(leaf)];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const reader of readers.get(next) ?? []) {
      if (!found.has(reader) && reader.op.traits.includes("view")) stack.push(`${reader.id}.0`);
      found.add(reader);
    }
  }
  return [...found];
}

/** Element-by-element writers only touch what they have just read; others must declare it. */
function mayOverwrite(output: Tensor, leaf: Tensor): boolean {
  const { op, inputs } = output.node;
  const at = inputs.findIndex((input) => sameTensor(input, leaf));
  if (op.overwrites) return op.overwrites[output.index] === at;
  return op.traits.includes("elementwise");
}

type Waits = ReadonlyMap<Node, readonly Node[]>;

const predecessors = (node: Node, after: Waits): Node[] => [
  ...node.inputs.map((input) => input.node),
  ...(after.get(node) ?? []),
];

/** All nodes that come before a node. */
function dependenciesOf(node: Node, after: Waits): Set<Node> {
  const seen = new Set<Node>();
  const stack = [node];
  for (let next = stack.pop(); next; next = stack.pop()) {
    for (const before of predecessors(next, after)) {
      if (!seen.has(before)) {
        seen.add(before);
        stack.push(before);
      }
    }
  }
  return seen;
}

/** The nodes with every predecessor first; otherwise their order is kept. */
function sorted(nodes: readonly Node[], after: Waits): Node[] {
  const inside = new Set(nodes);
  const done = new Set<Node>();
  for (const root of nodes) {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      const open = predecessors(node, after).filter((before) => inside.has(before) && !done.has(before));
      if (open.length === 0) done.add(stack.pop()!);
      else stack.push(...open.reverse());
    }
  }
  return [...done];
}
