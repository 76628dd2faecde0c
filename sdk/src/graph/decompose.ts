import { Node } from "./node.js";
import type { AnyOp } from "./op.js";
import { withOrigin } from "./origin.js";
import { capture, type Graph } from "./program-graph.js";
import { idOf, outputsOf, type Tensor } from "./tensor.js";

/**
 * An equal graph of ops an engine knows: every other op is written out by its `decompose`, again and again
 * until only known ops are left (or ops that have none, for the engine to refuse).
 */
export function decompose(graph: Graph, knows: (op: AnyOp) => boolean): Graph {
  if (graph.traces) {
    const { traces, ...first } = graph;
    return { ...decompose(first, knows), traces: traces.map((trace) => decompose(trace, knows)) };
  }
  const opens = ({ op }: Node): boolean => !knows(op) && op.decompose !== undefined;
  if (!graph.nodes.some(opens)) return graph;
  const images = new Map<string, Tensor>();
  const image = (tensor: Tensor): Tensor => images.get(idOf(tensor)) ?? tensor;
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(image);
    const outputs = opens(node)
      ? withOrigin(node.made, () => node.op.decompose!(inputs, node.attrs))
      : outputsOf(new Node(node.op, inputs, node.attrs, node.outputs, node.made));
    outputs.forEach((output, index) => images.set(`${node.id}.${index}`, output));
  }
  const written = capture(graph.outputs.map(image), {
    inputs: graph.inputs,
    constants: graph.constants.map(({ tensor }) => tensor),
    symbols: graph.symbols,
    overwrites: graph.donations.map((input) => (input === undefined ? undefined : graph.inputs[input])),
  });
  const read = new Set(written.constants.map(({ tensor }) => idOf(tensor)));
  const constants = graph.constants.filter(({ tensor }) => read.has(idOf(tensor)));
  return decompose({ ...written, constants, key: graph.key }, knows);
}
