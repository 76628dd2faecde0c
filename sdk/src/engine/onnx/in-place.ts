import type { Graph, Node, Tensor } from "../../graph/index.js";

/**
 * When a run may write an output over an input. ONNX Runtime knows nothing of such sharing and may
 * write before a late reader has read, so every reader must be ordered before the writer.
 */
export interface Ordering {
  /** Readers that each node has to wait for. */
  readonly after: ReadonlyMap<Node, readonly Node[]>;
  /** For each output, the input it may overwrite; undefined where that would be unsafe. */
  readonly inPlace: readonly (number | undefined)[];
}

export function orderUpdates(graph: Graph): Ordering {
  const after = new Map<Node, Node[]>();
  const position = new Map(graph.nodes.map((node, i) => [node, i]));
  const readers = readersOf(graph);
  const claimed = new Set<number>();
  const inPlace = graph.donations.map((input, i) => {
    const writer = graph.outputs[i].node;
    if (input === undefined || claimed.has(input) || !position.has(writer)) return undefined;
    const leaf = graph.inputs[input];
    if (!mayOverwrite(graph.outputs[i], leaf)) return undefined;
    if (graph.outputs.some((output) => output.node === leaf.node && output.index === leaf.index))
      return undefined;
    const others = (readers.get(`${leaf.node.id}.${leaf.index}`) ?? []).filter((reader) => reader !== writer);
    const ancestors = ancestorsOf(writer);
    const late = others.filter((reader) => !ancestors.has(reader));
    // A reader that itself needs the writer's result cannot come first.
    if (late.some((reader) => ancestorsOf(reader).has(writer))) return undefined;
    claimed.add(input);
    after.set(writer, [...new Set([...(after.get(writer) ?? []), ...late])]);
    return input;
  });
  return { after, inPlace };
}

function readersOf(graph: Graph): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const key = `${input.node.id}.${input.index}`;
      readers.set(key, [...(readers.get(key) ?? []), node]);
    }
  }
  return readers;
}

/** Element-by-element writers only touch what they have just read; others must declare it. */
function mayOverwrite(output: Tensor, leaf: Tensor): boolean {
  const { op, inputs } = output.node;
  const at = inputs.findIndex((input) => input.node === leaf.node && input.index === leaf.index);
  if (op.overwrites) return op.overwrites[output.index] === at;
  return op.traits.includes("elementwise");
}

function ancestorsOf(node: Node): Set<Node> {
  const seen = new Set<Node>();
  const stack = [node];
  for (let next = stack.pop(); next; next = stack.pop()) {
    for (const { node: input } of next.inputs) {
      if (!seen.has(input)) {
        seen.add(input);
        stack.push(input);
      }
    }
  }
  return seen;
}
